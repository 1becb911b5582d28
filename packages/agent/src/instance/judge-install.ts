/** An intent that makes an instance. */
import type { Intent } from "@portolan/shared/wire";
import type { IntentVerdict } from "../intents/mod.ts";
import { carries, checkOf, gate, notStarted, refusalByInstance, refused, settled, superseded, type IntentOf } from "./intent-steps.ts";
import { clearanceFor, kindOf } from "./preconditions.ts";
import type { InstanceState } from "./state.ts";
import { says } from "./template.ts";

type InstallIntent = IntentOf<"Install">;

/** There is an instance of the name. */
export function judgeInstall(state: InstanceState, intent: InstallIntent): IntentVerdict {
  const { instance } = state;
  const isCarried = carries(instance, intent);
  if (intent.mode === "Hold") return isCarried ? settled(state) : notStarted();
  const refusal = refusalByInstance(state, intent);
  if (refusal !== undefined) return refused(refusal);
  const isAsWished = instance.spec.version === intent.version && says(instance, intent.template);
  if (isCarried && intent.mode === "Apply") return isAsWished ? settled(state) : superseded("the instance was changed");
  if (isAsWished) return settled(state);
  return refused({
    code: "AlreadyExists",
    message: "there is a ServiceInstance of this name, and it is not what was wished; upgrade or configure it",
  });
}

/** There is none. `state` is that of the instance as it would be. */
export function judgeAbsentInstall(state: InstanceState, intent: InstallIntent): IntentVerdict {
  if (intent.mode === "Hold") return notStarted();
  const refusal = refusalByInstance(state, intent);
  if (refusal !== undefined) return refused(refusal);
  const accepted = new Set([...(state.instance.spec.upgradePolicy?.acceptRisks ?? []), ...intent.acceptRisks]);
  const clearance = clearanceFor(state, intent.version, accepted);
  if (!clearance.clear) return refused(clearance.refusal, clearance.plan?.hash);
  const { plan } = clearance;
  const gated = gate(state, intent, { plan, hash: plan.hash, kind: kindOf(plan), action: "install", check: checkOf(plan) });
  if (gated !== undefined) return gated;
  const { id, service, version, template, acceptRisks } = intent;
  return {
    phase: "Waiting",
    planHash: plan.hash,
    write: { change: { type: "Create", service, version, template }, intentId: id, acceptRisks },
  };
}

/** What is said of an intent for an instance that is not there, and that it does not make. */
export function judgeAbsent(intent: Exclude<Intent, InstallIntent>): IntentVerdict {
  if (intent.action === "Remove") return { phase: "Done" };
  return refused({ code: "UnknownInstance", message: `there is no ServiceInstance ${intent.namespace}/${intent.name}` });
}
