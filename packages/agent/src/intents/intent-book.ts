/** The open intents of this cluster, and how far each has come. */
import { isDeepStrictEqual } from "node:util";
import { clip, TEXT_LIMITS, type Intent, type IntentDocument, type IntentState, type Reason } from "@portolan/shared/wire";
import type { IntentVerdict } from "./verdict.ts";

export class IntentBook {
  readonly #byInstance = new Map<string, Intent>();
  readonly #states = new Map<string, IntentState>();
  readonly #onChange: () => void;
  #refusal: Reason | undefined;
  #revision = 0;

  /** @param onChange called when a state or the refusal has changed: a heartbeat is due */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Revision of the document that the intents are from; 0 before the first. */
  get revision(): number {
    return this.#revision;
  }

  /** Why the last document was not accepted. */
  get refusal(): Reason | undefined {
    return this.#refusal;
  }

  get states(): readonly IntentState[] {
    return [...this.#states.values()];
  }

  /** The open intent for an instance (`namespace/name`). */
  forInstance(key: string): Intent | undefined {
    return this.#byInstance.get(key);
  }

  /** Takes over a document; returns the keys of the instances that need another look. */
  replace(document: IntentDocument): ReadonlySet<string> {
    this.#revision = document.revision;
    this.#refusal = undefined;
    this.#byInstance.clear();
    const open = new Set<string>();
    for (const intent of document.intents) {
      const key = `${intent.namespace}/${intent.name}`;
      const rival = this.#byInstance.get(key);
      if (rival !== undefined) {
        this.#set({
          ...describe(intent),
          phase: "Refused",
          reason: { code: "Conflict", message: `the intent ${rival.id} is open for the same instance` },
        });
      } else {
        this.#byInstance.set(key, intent);
      }
      open.add(intent.id);
    }
    for (const id of this.#states.keys()) if (!open.has(id)) this.#states.delete(id);
    this.#onChange();
    return new Set(this.#byInstance.keys());
  }

  /** Notes that a document was not accepted. */
  refuse(reason: Reason): void {
    this.#refusal = sendable(reason);
    this.#onChange();
  }

  /**
   * Notes the verdict on the open intent of an instance; `generation` is that of an instance that carries the intent.
   *
   * @returns whether it says something new
   */
  record(intent: Intent, verdict: Omit<IntentVerdict, "write" | "preflight">, generation: number | undefined): boolean {
    if (this.#byInstance.get(`${intent.namespace}/${intent.name}`)?.id !== intent.id) return false;
    return this.#set({
      ...describe(intent),
      phase: verdict.phase,
      ...(verdict.reason === undefined ? {} : { reason: sendable(verdict.reason) }),
      ...(verdict.planHash === undefined ? {} : { planHash: verdict.planHash }),
      ...(generation === undefined ? {} : { generation }),
      ...(verdict.waitsUntilUnixMs === undefined ? {} : { waitsUntilUnixMs: verdict.waitsUntilUnixMs }),
      ...(verdict.check === undefined ? {} : { check: verdict.check }),
    });
  }

  #set(state: IntentState): boolean {
    if (isDeepStrictEqual(this.#states.get(state.id), state)) return false;
    this.#states.set(state.id, state);
    this.#onChange();
    return true;
  }
}

/** Reasons may come from anywhere, also from an API server. */
function sendable({ code, message }: Reason): Reason {
  return { code: clip(code, TEXT_LIMITS.token) || "Unknown", message: clip(message, TEXT_LIMITS.message) };
}

function describe(intent: Intent): Pick<IntentState, "id" | "namespace" | "name"> {
  return { id: intent.id, namespace: intent.namespace, name: intent.name };
}
