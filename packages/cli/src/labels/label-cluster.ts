import { HubProblem, suggesting, type HubClient } from "../client/mod.ts";
import { CliError } from "../errors/mod.ts";
import { note, warn, type Console } from "../output/mod.ts";
import { relabel, type LabelChange } from "./relabel.ts";

/** So often somebody else may change the labels between the reading and the writing. */
const ATTEMPTS = 5;

/** Which clusters: by their names, or by a selector over their labels (absent: all). */
export type ChosenClusters = { readonly names: readonly string[] } | { readonly selector: string | undefined };

export type LabelRequest = ChosenClusters & {
  readonly changes: readonly LabelChange[];
  readonly overwrite: boolean;
};

interface OneRequest {
  readonly name: string;
  readonly changes: readonly LabelChange[];
  readonly overwrite: boolean;
}

/**
 * Changes labels of clusters, on top of what they are now: what others change meanwhile is kept. Nothing is changed anywhere when one of
 * them has another value for a label, or does not exist.
 *
 * @throws CliError LabelExists, HubProblem
 */
export async function labelClusters(console: Console, client: HubClient, { changes, overwrite, ...chosen }: LabelRequest): Promise<void> {
  const names = "names" in chosen ? chosen.names : (await client.clusters({ labelSelector: chosen.selector })).map(({ name }) => name);
  if (names.length === 0) {
    note(console, "no clusters found");
  }
  for (const name of names) {
    await requireFree(client, { name, changes, overwrite });
  }
  for (const name of names) {
    await labelCluster(console, client, { name, changes, overwrite });
  }
}

async function requireFree(client: HubClient, { name, changes, overwrite }: OneRequest): Promise<void> {
  const { labels } = await suggesting(client, { clusters: [name] }, () => client.clusterLabels(name));
  const { taken } = relabel(labels, changes);
  if (taken.length > 0 && !overwrite) {
    throw new CliError("LabelExists", `the cluster ${name} has other values for some of these labels; nothing was changed`, {
      details: taken.map((key) => `${key}=${labels[key] ?? ""}`),
      hint: "--overwrite changes them",
    });
  }
}

async function labelCluster(console: Console, client: HubClient, request: OneRequest): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await labelOnce(console, client, request);
    } catch (error) {
      if (!(error instanceof HubProblem) || error.code !== "PreconditionFailed" || attempt === ATTEMPTS) {
        throw error;
      }
      await requireFree(client, request);
    }
  }
}

async function labelOnce(console: Console, client: HubClient, { name, changes }: OneRequest): Promise<void> {
  const before = await client.clusterLabels(name);
  const { labels, changed, missing } = relabel(before.labels, changes);
  if (changed) {
    await client.setClusterLabels(name, labels, before.etag);
  }
  for (const key of missing) {
    warn(console, `the cluster ${name} has no label ${key}`);
  }
  note(console, changed ? `cluster ${name} is labelled` : `cluster ${name} has these labels already`);
}
