import { HubProblem, suggesting, type HubClient } from "../client/mod.ts";
import { CliError } from "../errors/mod.ts";
import { note, warn, type Console } from "../output/mod.ts";
import { relabel, type LabelChange } from "./relabel.ts";

/** So often somebody else may change the labels between the reading and the writing. */
const ATTEMPTS = 5;

export interface LabelRequest {
  readonly name: string;
  readonly changes: readonly LabelChange[];
  readonly overwrite: boolean;
}

/**
 * Changes labels of a cluster, on top of what they are now: what others change meanwhile is kept.
 *
 * @throws CliError LabelExists, HubProblem
 */
export async function labelCluster(console: Console, client: HubClient, request: LabelRequest): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await labelOnce(console, client, request);
    } catch (error) {
      if (!(error instanceof HubProblem) || error.code !== "PreconditionFailed" || attempt === ATTEMPTS) {
        throw error;
      }
    }
  }
}

async function labelOnce(console: Console, client: HubClient, { name, changes, overwrite }: LabelRequest): Promise<void> {
  const before = await suggesting(client, { clusters: [name] }, () => client.clusterLabels(name));
  const { labels, changed, taken, missing } = relabel(before.labels, changes);
  if (taken.length > 0 && !overwrite) {
    throw new CliError("LabelExists", `the cluster ${name} has other values for some of these labels; nothing was changed`, {
      details: taken.map((key) => `${key}=${before.labels[key] ?? ""}`),
      hint: "--overwrite changes them",
    });
  }
  if (changed) {
    await client.setClusterLabels(name, labels, before.etag);
  }
  for (const key of missing) {
    warn(console, `the cluster ${name} has no label ${key}`);
  }
  note(console, changed ? `cluster ${name} is labelled` : `cluster ${name} has these labels already`);
}
