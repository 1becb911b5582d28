/** An intent that gives an instance another configuration, and leaves its version. */
import { canonicalJson, sha256Hex } from "@portolan/shared/json";
import { templateOwner, type IntentVerdict } from "../intents/mod.ts";
import { configDigest } from "./config-digest.ts";
import { carries, gate, notStarted, ownedByOther, refusalByInstance, refused, settled, superseded, type IntentOf } from "./intent-steps.ts";
import { clearanceToConfigure } from "./preconditions.ts";
import type { InstanceState } from "./state.ts";
import { says } from "./template.ts";

type ConfigureIntent = IntentOf<"Configure">;

export function judgeConfigure(state: InstanceState, intent: ConfigureIntent): IntentVerdict {
  const isCarried = carries(state.instance, intent);
  switch (intent.mode) {
    case "Check":
      return judgeNew(state, intent);
    case "Apply":
      return isCarried ? judgeCarried(state, intent) : judgeNew(state, intent);
    // One step, which cannot be taken back.
    case "Hold":
      return isCarried ? judgeCarried(state, intent) : notStarted();
  }
}

function judgeNew(state: InstanceState, intent: ConfigureIntent): IntentVerdict {
  const { instance, wished } = state;
  const owner = templateOwner(instance.metadata.managedFields, intent.template);
  const refusal = refusalByInstance(state, intent) ?? ownedByOther(owner, "what is to be configured");
  if (refusal !== undefined) return refused(refusal);
  const { version, operation } = instance.status ?? {};
  if (version === undefined || instance.spec.version === undefined) {
    return refused({ code: "NotInstalled", message: "nothing is installed that could be configured; install a version first" });
  }
  if (operation !== undefined) {
    return { phase: "Waiting", reason: { code: "OperationRunning", message: "another operation is still running" } };
  }
  if (says(instance, intent.template)) return configured(state);
  if (wished === undefined || "refusal" in wished) return refused(wished?.refusal ?? { code: "NotTried", message: "it was not tried" });
  const then = { ...state, ...wished };
  const clearance = clearanceToConfigure(then, version);
  if (!clearance.clear) return refused(clearance.refusal);
  const definitions = instance.status?.definitionsDigest ?? "";
  const hash = sha256Hex(canonicalJson(["configure", intent.service, version, definitions, configDigest(then.instance.spec)]));
  const gated = gate(then, intent, {
    plan: clearance.plan,
    hash,
    kind: "Configure",
    action: "configure",
    check: { steps: [version], disruptive: false, irreversible: false, risks: [] },
  });
  if (gated !== undefined) return gated;
  return {
    phase: "Waiting",
    planHash: hash,
    write: {
      change: { type: "Template", template: intent.template },
      intentId: intent.id,
      acceptRisks: intent.acceptRisks,
      ...(owner.kind === "person" ? { takeOverFrom: owner.manager } : {}),
    },
  };
}

function judgeCarried(state: InstanceState, intent: ConfigureIntent): IntentVerdict {
  return says(state.instance, intent.template) ? configured(state) : superseded("the configuration was changed");
}

/** Ready as before is not enough: what runs must have the configuration. */
function configured(state: InstanceState): IntentVerdict {
  const { spec, status } = state.instance;
  const verdict = settled(state);
  return verdict.phase !== "Done" || status?.configDigest === configDigest(spec) ? verdict : { phase: "Waiting" };
}
