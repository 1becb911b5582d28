import { isVersion, isVersionRange } from "@portolan/shared/catalog";
import { kubernetesVersion, type ClusterFacts, type Neighbour } from "@portolan/shared/graph";
import { toPointer, type JsonObject } from "@portolan/shared/json";
import { z } from "zod";
import { CliError, nearestFirst } from "../errors/mod.ts";
import { readObject } from "../input/mod.ts";
import type { Console } from "../output/mod.ts";

const range = z.string().refine(isVersionRange, "expected a range of versions such as >=1.2 <2");

const neighbourSchema = z.strictObject({
  service: z.string().min(1),
  version: z.string().refine(isVersion, "expected a semantic version such as 1.2.3"),
  ready: z.boolean().default(true),
  requires: z.array(z.strictObject({ service: z.string().min(1), range })).default([]),
});

const factsSchema = z.strictObject({
  name: z.string().min(1).optional(),
  kubernetesVersion: z.string().refine(isKubernetesVersion, "expected a version of Kubernetes such as v1.34.2").optional(),
  provider: z.string().min(1).optional(),
  region: z.string().min(1).optional(),
  nodes: z.number().int().min(0).optional(),
  labels: z.record(z.string(), z.string()).default({}),
  neighbours: z.array(neighbourSchema).default([]),
});

/** What is known of a cluster that need not exist. */
export interface OfflineFacts {
  /** An empty version of Kubernetes: it is not known. */
  readonly cluster: ClusterFacts;
  readonly neighbours: readonly Neighbour[];
}

/** What the cluster is called when nobody says. */
const UNNAMED = "cluster";

/**
 * The facts of a file (`-`: stdin), under what the flags say.
 *
 * @throws CliError InputUnreadable, InvalidInput, InvalidUsage
 */
export async function readFacts(
  console: Console,
  { file, kubernetes }: { readonly file: string | undefined; readonly kubernetes: string | undefined },
): Promise<OfflineFacts> {
  if (kubernetes !== undefined && !isKubernetesVersion(kubernetes)) {
    throw new CliError(
      "InvalidUsage",
      `expected a version of Kubernetes such as v1.34.2 in --kubernetes, found ${JSON.stringify(kubernetes)}`,
    );
  }
  return toFacts(file === undefined ? {} : await readObject(console, file, "the facts"), kubernetes);
}

/** @throws CliError InvalidInput with every mistake */
export function toFacts(given: JsonObject, kubernetes?: string): OfflineFacts {
  const parsed = factsSchema.safeParse(given);
  if (!parsed.success) {
    throw new CliError("InvalidInput", "the facts have mistakes", { details: parsed.error.issues.flatMap(describeIssue) });
  }
  const { name = UNNAMED, kubernetesVersion = "", provider, region, nodes, labels, neighbours } = parsed.data;
  return {
    cluster: {
      name,
      kubernetesVersion: kubernetes ?? kubernetesVersion,
      labels,
      ...(provider === undefined ? {} : { provider }),
      ...(region === undefined ? {} : { region }),
      ...(nodes === undefined ? {} : { nodes }),
    },
    neighbours: neighbours.map((neighbour) => ({ ...neighbour, instance: `${neighbour.service}/${neighbour.service}` })),
  };
}

function isKubernetesVersion(text: string): boolean {
  return kubernetesVersion(text) !== undefined;
}

function describeIssue(issue: z.core.$ZodIssue): readonly string[] {
  const place = toPointer(issue.path.map(String));
  if (issue.code !== "unrecognized_keys") {
    return [`${place === "" ? "/" : place}: ${issue.message}`];
  }
  const known = Object.keys(knownKeys(issue.path));
  return issue.keys.map(
    (key) =>
      `${toPointer([...issue.path.map(String), key])}: there is no such fact; did you mean ${nearestFirst(key, known)[0] ?? ""}? (facts: ${known.join(", ")})`,
  );
}

/** Keys of the object at a place of the facts. */
function knownKeys(path: readonly PropertyKey[]): object {
  const [first, , requirements] = path;
  if (first !== "neighbours") {
    return factsSchema.shape;
  }
  return requirements === undefined ? neighbourSchema.shape : neighbourSchema.shape.requires.unwrap().element.shape;
}
