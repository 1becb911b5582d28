/**
 * The way back after an upgrade that failed: from where the cluster really stands to the version that it started from, and only along
 * downgrades that the catalog has. A downgrade is never inferred from its inverse. Pure.
 *
 * Before the first step nothing was changed, and between two steps the cluster stands at the version that was reached. Within a step it
 * stands between two versions, and the action that failed decides:
 * - a hook before the deployment: nothing of the new version was deployed yet, so the old one is applied once more, because hooks may have
 *   deleted or changed what is its own;
 * - anything later: it counts as standing at the new version, and leaves it as every other instance would.
 */
import { onlyDirection } from "@portolan/shared/graph";
import { planTo, type Plan } from "@portolan/shared/planner";
import type { ServiceDefinition } from "@portolan/shared/catalog";
import type { Operation, OperationStep } from "../resources/mod.ts";
import { installedInstaller } from "./installed.ts";
import { acceptedRisks, brokenRule } from "./preconditions.ts";
import type { InstanceState, Refusal } from "./state.ts";
import { operationSteps, sameVersion } from "./steps.ts";
import { valuesOf } from "./values.ts";

export type WayBack =
  | {
      readonly possible: true;
      readonly steps: readonly OperationStep[];
      readonly planHash: string;
      readonly definitions: ServiceDefinition;
    }
  | { readonly possible: false; readonly refusal: Refusal };

/** The way back, or why there is none; undefined when nobody asks for one, nothing was changed yet, or there was nothing before. */
export function wayBack(state: InstanceState, operation: Operation): WayBack | undefined {
  const { cursor, kind, plan } = operation;
  const [first] = plan;
  const failed = plan[cursor.step];
  if (state.instance.spec.upgradePolicy?.onFailure !== "Rollback") return undefined;
  const begun = cursor.action !== undefined;
  if (!begun && cursor.step === 0) return undefined;
  if (kind === "Configure") return no("NotAnUpgrade", "only an upgrade is; what the configuration was before is not kept");
  if (kind === "Downgrade") return no("NotAnUpgrade", "only an upgrade is; a downgrade would go up again, by whatever hooks lead there");
  if (kind !== "Upgrade" || first?.from === undefined || failed?.from === undefined) return undefined;
  const irreversible = plan.slice(0, begun ? cursor.step + 1 : cursor.step).find((step) => step.irreversible);
  if (irreversible !== undefined) {
    return no("Irreversible", `the step ${irreversible.from ?? ""} → ${irreversible.to} cannot be undone`);
  }
  const untouched = cursor.action?.startsWith("before/") === true;
  return routeBack(state, { standing: begun && !untouched ? failed.to : failed.from, start: first.from, applyAgain: untouched });
}

interface Journey {
  readonly standing: string;
  readonly start: string;
  readonly applyAgain: boolean;
}

function routeBack(state: InstanceState, { standing, start, applyAgain }: Journey): WayBack {
  const { graph, service } = state;
  if (graph === undefined || service === undefined) return no("UnknownService", "no catalog defines the service any more");
  const route = planTo(onlyDirection(graph, "downgrade"), standing, start);
  if (!route.reachable) {
    const why = route.reasons.map((reason) => reason.message).join("; ");
    return no(route.reasons[0]?.code ?? "NoRoute", `there is no way down from ${standing} to ${start}: ${why}`);
  }
  const refusal = (applyAgain ? unfit(state, standing) : undefined) ?? brokenRule(state, route.plan, acceptedRisks(state.instance));
  if (refusal !== undefined) return { possible: false, refusal };
  const again = applyAgain ? [sameVersion(state.instance, standing)] : [];
  return {
    possible: true,
    steps: [...again, ...operationSteps(route.plan)],
    planHash: hashOf(route.plan),
    definitions: withInstalled(state, service),
  };
}

function hashOf({ steps, hash }: Plan): string {
  return steps.length === 0 ? "" : hash;
}

/** The installed version as it was installed, whatever the catalogs have made of it since. */
function withInstalled(state: InstanceState, service: ServiceDefinition): ServiceDefinition {
  const installed = installedInstaller(state);
  if (installed === undefined) return service;
  return { ...service, installers: [...service.installers.filter((each) => each.version !== installed.version), installed] };
}

function unfit(state: InstanceState, version: string): Refusal | undefined {
  const definitions = state.service === undefined ? undefined : withInstalled(state, state.service);
  const values = valuesOf(state, definitions, version);
  return values.ok ? undefined : values.refusal;
}

function no(code: string, message: string): WayBack {
  return { possible: false, refusal: { code, message } };
}
