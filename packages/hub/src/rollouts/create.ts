import { canonicalJson } from "@portolan/shared/json";
import { listNearest } from "@portolan/shared/names";
import type { FleetReader } from "../fleet/mod.ts";
import { newTarget, selectMembers, type LabelsOf, type Selection } from "./members.ts";
import type { Rollout, Target } from "./model.ts";
import { MAX_SPEC_BYTES, type RolloutSpec } from "./spec.ts";
import { assignWaves, type WaveProblem } from "./waves.ts";

/** Why a document cannot become a rollout. */
export interface CreateProblem {
  readonly code:
    | WaveProblem["code"]
    | "UnknownCluster"
    | "UnknownService"
    | "UnknownVersion"
    | "EmptySelection"
    | "SpecTooLarge"
    | "UnknownRole";
  readonly message: string;
}

export interface CreateContext {
  readonly fleet: FleetReader;
  readonly labelsOf: LabelsOf;
  /** Whether anybody in the fleet says anything about the version. */
  readonly knows: (service: string, version: string) => boolean;
  /** Roles that anybody has. */
  readonly roles: ReadonlySet<string>;
  readonly uid: string;
  readonly nowMs: number;
  readonly by: string;
  readonly reason?: string;
}

/** Makes a rollout from a document, in phase Draft, or says why it cannot be. Pure. */
export function createRollout(
  name: string,
  spec: RolloutSpec,
  context: CreateContext,
): { readonly rollout: Rollout } | { readonly problem: CreateProblem } {
  const { uid, nowMs, by, reason } = context;
  const problem = documentProblem(spec, context);
  if (problem !== undefined) {
    return { problem };
  }
  const selected = selectTargets(spec, context);
  if ("problem" in selected) {
    return selected;
  }
  return {
    rollout: {
      name,
      uid,
      spec,
      ...(reason === undefined ? {} : { reason }),
      createdAtMs: nowMs,
      createdBy: by,
      waves: spec.waves.map(() => ({})),
      targets: selected.targets,
    },
  };
}

/** The targets of a document as the fleet is now, each in its wave. */
export function selectTargets(
  spec: RolloutSpec,
  { fleet, labelsOf }: Pick<CreateContext, "fleet" | "labelsOf">,
): { readonly targets: readonly Target[] } | { readonly problem: CreateProblem } {
  const members = selectMembers(spec, fleet, labelsOf);
  if (members.length === 0) {
    return { problem: emptySelection(spec, fleet) };
  }
  const clusters = [...new Map(members.map(({ view }) => [view.name, view])).values()];
  const assigned = assignWaves(spec, clusters, labelsOf);
  if ("problem" in assigned) {
    return assigned;
  }
  const targets = members.flatMap((member) => newTarget(member, assigned.waves.get(member.cluster) ?? 0, spec) ?? []);
  return targets.length === 0
    ? { problem: { code: "EmptySelection", message: `all ${members.length} that the selector chooses are left out (targets: skip)` } }
    : { targets };
}

function documentProblem(spec: RolloutSpec, { fleet, knows, roles }: CreateContext): CreateProblem | undefined {
  const bytes = Buffer.byteLength(canonicalJson(spec));
  if (bytes > MAX_SPEC_BYTES) {
    return {
      code: "SpecTooLarge",
      message: `the document has ${bytes} bytes, and may have ${MAX_SPEC_BYTES}; choose clusters by their labels`,
    };
  }
  const unknown = unknownClusters(spec, fleet) ?? unknownInParts(spec, fleet);
  if (unknown !== undefined) {
    return unknown;
  }
  // Of a service that runs nowhere yet nothing is heard; the agents that are asked say whether they know it.
  if (spec.version !== undefined && spec.action !== "install" && !knows(spec.service, spec.version)) {
    return hasService(spec, fleet)
      ? { code: "UnknownVersion", message: `no cluster of the fleet knows a version ${spec.version} of ${spec.service}` }
      : unknownService(spec);
  }
  const role = spec.waves.flatMap(({ approval }) => approval?.roles ?? []).find((wanted) => !roles.has(wanted));
  return role === undefined
    ? undefined
    : { code: "UnknownRole", message: `nobody has the role ${role}, so the wave could never be approved` };
}

/** The selector names clusters that do not exist. */
export function unknownClusters({ selector }: Selection, fleet: FleetReader): CreateProblem | undefined {
  return unknownIn("selector.clusters", selector.clusters ?? [], fleet);
}

/** The same of waves, and of what is different for one target: what nobody is called would never be so. */
function unknownInParts({ waves, targets }: RolloutSpec, fleet: FleetReader): CreateProblem | undefined {
  const parts: readonly (readonly [field: string, clusters: readonly string[]])[] = [
    ...waves.map(
      ({ clusters: share }, index) =>
        [
          `waves.${index}.clusters.selector.clusters`,
          share !== undefined && "selector" in share ? (share.selector.clusters ?? []) : [],
        ] as const,
    ),
    ...targets.map(({ cluster }, index) => [`targets.${index}.cluster`, [cluster]] as const),
  ];
  return parts.map(([field, clusters]) => unknownIn(field, clusters, fleet)).find((problem) => problem !== undefined);
}

function unknownIn(field: string, clusters: readonly string[], fleet: FleetReader): CreateProblem | undefined {
  const unknown = clusters.filter((cluster) => fleet.cluster(cluster) === undefined);
  const [first] = unknown;
  return first === undefined
    ? undefined
    : {
        code: "UnknownCluster",
        message: `${field}: no cluster of the fleet is called ${unknown.join(", ")}; there are ${listNearest(
          first,
          [...fleet.clusters()].map(({ name }) => name),
        )}`,
      };
}

/** Why a selector chooses nothing. */
export function emptySelection(spec: Selection, fleet: FleetReader): CreateProblem {
  return spec.action === "install" || hasService(spec, fleet)
    ? {
        code: "EmptySelection",
        message: `the selector chooses no ${spec.action === "install" ? "cluster" : `instance of ${spec.service}`}`,
      }
    : unknownService(spec);
}

function hasService({ service }: Selection, fleet: FleetReader): boolean {
  return [...fleet.instances()].some(({ status }) => status.service === service);
}

function unknownService({ service }: Selection): CreateProblem {
  return { code: "UnknownService", message: `no cluster of the fleet has an instance of the service ${service}` };
}
