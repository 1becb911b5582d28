import { listNearest } from "../errors/mod.ts";
import type { HubClient } from "./hub-client.ts";
import { HubProblem } from "./problem.ts";

/** What the user wrote, as far as the hub may not know it. */
export interface Asked {
  readonly clusters?: readonly string[];
  readonly instance?: string;
  readonly service?: string;
  readonly version?: string;
  readonly rollout?: string;
  readonly catalog?: string;
}

/** Does something; when the hub does not know a name, the error lists those that it knows, the nearest first. */
export async function suggesting<T>(client: HubClient, asked: Asked, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof HubProblem)) {
      throw error;
    }
    // The first error is the one that counts, also when the hub fails at the question that would explain it.
    const details = await explain(client, asked, error.code).catch(() => []);
    throw details.length === 0 ? error : error.with(details);
  }
}

async function explain(client: HubClient, asked: Asked, code: string): Promise<readonly string[]> {
  const { clusters = [], instance = "", service = "", version = "", rollout = "", catalog = "" } = asked;
  switch (code) {
    case "UnknownCluster":
      return await explainClusters(client, clusters);
    case "UnknownInstance": {
      const known = await client.instances();
      return [
        `instances: ${listNearest(
          instance,
          known.map(({ cluster, namespace, name }) => `${cluster}/${namespace}/${name}`),
        )}`,
      ];
    }
    case "UnknownService": {
      const known = await client.versions();
      return [`services: ${listNearest(service, new Set(known.map((row) => row.service)))}`];
    }
    case "UnknownVersion": {
      const known = await client.versions({ service });
      return [
        `versions of ${service}: ${listNearest(
          version,
          known.map((row) => row.version),
        )}`,
      ];
    }
    case "UnknownRollout": {
      const known = await client.rollouts();
      return [
        `rollouts: ${listNearest(
          rollout,
          known.map((each) => each.name),
        )}`,
      ];
    }
    case "UnknownCatalog": {
      const known = await client.catalogs();
      return [
        `catalogs: ${listNearest(
          catalog,
          known.map(({ name }) => name),
        )}`,
      ];
    }
    default:
      return [];
  }
}

async function explainClusters(client: HubClient, asked: readonly string[]): Promise<readonly string[]> {
  const { isClusterName } = await import("@portolan/shared/wire");
  const known = (await client.clusters()).map(({ name }) => name);
  const unknown = asked.filter((name) => !known.includes(name));
  return [
    ...unknown
      .filter((name) => !isClusterName(name))
      .map((name) => `${JSON.stringify(name)} is no DNS label (a-z, 0-9 and -, at most 63 characters), as names of clusters are`),
    `clusters: ${listNearest(unknown[0] ?? "", known)}`,
  ];
}
