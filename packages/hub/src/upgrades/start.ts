import type { Reason } from "@portolan/shared/wire";
import { incarnationKey, instanceKey, type FleetReader, type InstanceRef, type InstanceView } from "../fleet/mod.ts";
import { isOpen, UNDECIDED, type Target, type Upgrade, type UpgradeSettings } from "./model.ts";
import { selectInstances, type LabelsOf, type SelectionProblem, type TargetSelector } from "./select.ts";
import { planFor } from "./target-plan.ts";

export interface UpgradeRequest {
  readonly service: string;
  readonly version: string;
  readonly selector: TargetSelector;
  readonly settings: UpgradeSettings;
  readonly reason?: string;
}

/** Why an upgrade cannot be started; `instances` has every reason of every instance. */
export interface StartProblem {
  readonly code: SelectionProblem["code"] | "UnknownVersion" | "Unreachable" | "RisksNotAccepted" | "InstanceBusy";
  readonly message: string;
  readonly instances: readonly (InstanceRef & { readonly reasons: readonly Reason[] })[];
  /** The open upgrade that an instance belongs to. */
  readonly upgrade?: string;
}

export type Start = { readonly upgrade: Upgrade } | { readonly problem: StartProblem };

export interface StartContext {
  readonly fleet: FleetReader;
  readonly labelsOf: LabelsOf;
  readonly upgrades: Iterable<Upgrade>;
  /** Whether anybody in the fleet says anything about the version. */
  readonly knows: (service: string, version: string) => boolean;
  readonly id: string;
  readonly nowMs: number;
}

/** Makes an upgrade from a request, or says why it cannot be. Pure. */
export function startUpgrade(request: UpgradeRequest, context: StartContext): Start {
  const { service, version, selector, settings } = request;
  const selection = selectInstances(service, selector, context.fleet, context.labelsOf);
  if ("problem" in selection) {
    return { problem: { code: selection.problem.code, message: selection.problem.reason.message, instances: [] } };
  }
  if (!context.knows(service, version)) {
    return {
      problem: { code: "UnknownVersion", message: `no cluster of the fleet knows a version ${version} of ${service}`, instances: [] },
    };
  }
  const { instances } = selection;
  const problem =
    busy(instances, context.upgrades) ??
    (settings.unreachable === "Refuse" ? unreachable(instances, version) : undefined) ??
    risky(instances, request);
  return problem === undefined ? { upgrade: newUpgrade(request, instances, context) } : { problem };
}

function newUpgrade(request: UpgradeRequest, instances: readonly InstanceView[], { fleet, id, nowMs }: StartContext): Upgrade {
  const { service, version, settings, reason } = request;
  return {
    id,
    service,
    version,
    settings,
    ...(reason === undefined ? {} : { reason }),
    createdAtMs: nowMs,
    targets: instances.flatMap((instance) => newTarget(instance, fleet)),
  };
}

function newTarget(instance: InstanceView, fleet: FleetReader): Target[] {
  const cluster = fleet.cluster(instance.cluster);
  if (cluster === undefined) {
    return [];
  }
  const { namespace, name, status } = instance;
  const incarnation = incarnationKey(cluster.heartbeat.incarnation);
  return [
    {
      cluster: cluster.name,
      namespace,
      name,
      incarnation,
      ...(status.version === undefined ? {} : { from: status.version }),
      decision: UNDECIDED,
    },
  ];
}

function busy(instances: readonly InstanceView[], upgrades: Iterable<Upgrade>): StartProblem | undefined {
  const owner = new Map<string, string>();
  for (const upgrade of upgrades) {
    for (const target of isOpen(upgrade) ? upgrade.targets : []) {
      owner.set(instanceKey(target), upgrade.id);
    }
  }
  const taken = instances.flatMap((instance) => {
    const upgrade = owner.get(instanceKey(instance));
    return upgrade === undefined ? [] : [{ instance, upgrade }];
  });
  const [first] = taken;
  return first === undefined
    ? undefined
    : {
        code: "InstanceBusy",
        message: `${taken.length === 1 ? "an instance belongs" : `${taken.length} instances belong`} to the open upgrade ${first.upgrade}`,
        instances: taken.map(({ instance, upgrade }) =>
          withReasons(instance, [{ code: "InstanceBusy", message: `belongs to the open upgrade ${upgrade}` }]),
        ),
        upgrade: first.upgrade,
      };
}

function unreachable(instances: readonly InstanceView[], version: string): StartProblem | undefined {
  const refused = instances.flatMap((instance) => {
    const found = planFor(instance, version);
    switch (found.type) {
      case "Unreachable":
        return [withReasons(instance, found.reasons)];
      case "Unknown":
        return [withReasons(instance, [found.reason])];
      case "There":
      case "Reachable":
        return [];
    }
  });
  return refused.length === 0
    ? undefined
    : { code: "Unreachable", message: `${refused.length} of ${instances.length} instances cannot reach ${version}`, instances: refused };
}

function risky(instances: readonly InstanceView[], { version, settings }: UpgradeRequest): StartProblem | undefined {
  const refused = instances.flatMap((instance) => {
    const found = planFor(instance, version);
    const risks = found.type === "Reachable" ? found.plan.risks.filter(({ id }) => !settings.acceptRisks.includes(id)) : [];
    return risks.length === 0
      ? []
      : [
          withReasons(
            instance,
            risks.map(({ id, message, url }) => ({ code: id, message, ...(url === undefined ? {} : { url }) })),
          ),
        ];
  });
  const ids = [...new Set(refused.flatMap(({ reasons }) => reasons.map(({ code }) => code)))].sort();
  return refused.length === 0
    ? undefined
    : { code: "RisksNotAccepted", message: `these risks apply, or may, and were not accepted: ${ids.join(", ")}`, instances: refused };
}

function withReasons(
  { cluster, namespace, name }: InstanceRef,
  reasons: readonly Reason[],
): InstanceRef & { readonly reasons: readonly Reason[] } {
  return { cluster, namespace, name, reasons };
}
