import { setTimeout as sleep } from "node:timers/promises";
import { sha256Hex } from "@portolan/shared/json";
import type { Intent, IntentDocument, IntentState } from "@portolan/shared/wire";
import { offer, status, type FakeAgent } from "./fake-agent.ts";

export interface Behaviour {
  /** How long an upgrade takes. */
  readonly workMs?: number;
  /** Instead of the agent's own plan when it is asked for it. */
  readonly whenChecked?: (intent: Intent) => Pick<IntentState, "phase" | "reason" | "planHash"> | "nothing" | undefined;
  /** Instead of doing what an intent says. */
  readonly instead?: (intent: Intent) => Pick<IntentState, "phase" | "reason" | "planHash"> | "nothing" | undefined;
  /** Versions that are offered when the instance is at a version. */
  readonly offers?: (version: string) => readonly string[];
}

/** Makes an agent do what documents say to its instances: says its plan, runs Apply to the end, answers Hold while it runs. */
export function obey(behaviour: Behaviour = {}): (agent: FakeAgent, document: IntentDocument) => void {
  const running = new Map<string, AbortController>();
  return (agent, document) => {
    for (const intent of document.intents) {
      const { id } = intent;
      if (intent.mode === "Check") {
        check(agent, intent, behaviour);
      } else if (intent.mode === "Hold") {
        running.get(id)?.abort();
        if (!running.has(id)) {
          agent.answer(stateOf(intent, { phase: "Held" }));
        }
      } else if (!running.has(id)) {
        const aborting = new AbortController();
        running.set(id, aborting);
        void work(agent, intent, behaviour, aborting.signal);
      }
    }
  };
}

function check(agent: FakeAgent, intent: Intent, { whenChecked }: Behaviour): void {
  const planHash = intent.action === "Move" ? agent.planHash(intent.namespace, intent.name, intent.version) : sha256Hex(intent.action);
  const said = whenChecked?.(intent) ?? (planHash === undefined ? "nothing" : { phase: "Checked", planHash });
  if (said !== "nothing") {
    agent.answer(stateOf(intent, said));
  }
}

async function work(agent: FakeAgent, intent: Intent, { workMs = 20, instead, offers }: Behaviour, signal: AbortSignal): Promise<void> {
  const other = instead?.(intent);
  if (other === "nothing") {
    return;
  }
  if (other !== undefined) {
    agent.answer(stateOf(intent, other));
    return;
  }
  agent.answer(stateOf(intent, { phase: "Running", generation: 2 }));
  try {
    await sleep(workMs, undefined, { signal });
  } catch {
    // Told to hold: it stops where it is.
    agent.answer(stateOf(intent, { phase: "Held", generation: 2 }));
    return;
  }
  if (intent.action === "Remove") {
    agent.remove(intent.name, intent.namespace);
    agent.answer(stateOf(intent, { phase: "Done" }));
    return;
  }
  const version = "version" in intent ? intent.version : (agent.versionOf(intent.name, intent.namespace) ?? "");
  const availabilityDigest = agent.offer(intent.name, offer(version, offers?.(version) ?? []), intent.namespace);
  agent.report(
    intent.name,
    status({
      service: intent.service,
      version,
      targetVersion: version,
      generation: 2,
      observedGeneration: 2,
      intentId: intent.id,
      availabilityDigest,
    }),
    intent.namespace,
  );
  agent.answer(stateOf(intent, { phase: "Done", generation: 2 }));
}

function stateOf(intent: Intent, state: Omit<IntentState, "id" | "namespace" | "name">): IntentState {
  return { id: intent.id, namespace: intent.namespace, name: intent.name, ...state };
}
