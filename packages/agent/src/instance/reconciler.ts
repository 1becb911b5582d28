/** The loop around the decision: look, decide, do one thing, look again. All writes of an instance happen here, one key at a time. */
import type { Intent } from "@portolan/shared/wire";
import type { Logger } from "pino";
import type { CacheReader, ReconcileResult } from "../controller/mod.ts";
import type { Deployers } from "../deployers/mod.ts";
import { addFinalizer, applySetId, ensureNamespace, memberKinds } from "../deployers/manifests/mod.ts";
import { writeIntent, type IntentBook, type IntentChange, type IntentWrite, type IntentWritten } from "../intents/mod.ts";
import { isConflict, isNotFound, splitObjectKey, type KubeClient } from "../kube/mod.ts";
import { serviceClient } from "../operation/mod.ts";
import { annotations, API_VERSION, asServiceInstance, instanceKey, SERVICE_INSTANCE_KIND, type ServiceInstance } from "../resources/mod.ts";
import { checkPlan } from "./check-plan.ts";
import { decide, verdictFor, type Decision } from "./decide.ts";
import { DriftBook } from "./drift-book.ts";
import { redactedEvents, type InstanceEvents } from "./events.ts";
import { FailureBook } from "./failure-book.ts";
import { Freshness } from "./freshness.ts";
import type { Gathered, Gatherer } from "./gather.ts";
import { hold, soonest } from "./hold.ts";
import { refusalOf } from "./intent-refusal.ts";
import type { IntentOf } from "./intent-steps.ts";
import { judgeAbsent, judgeAbsentInstall } from "./judge-install.ts";
import { maintain } from "./maintain.ts";
import { accept, complete, end, run } from "./operate.ts";
import type { Preflights } from "./preflights.ts";
import { rebuildStatus } from "./rebuild-status.ts";
import { redactError, redactorOf, redactVerdict } from "./redact.ts";
import { remove } from "./remove.ts";
import type { SecretWatches } from "./secret-watches.ts";
import { secretsDigest } from "./secrets-digest.ts";
import { secretNames } from "./secrets.ts";
import { nothingPending, restSituation } from "./status.ts";
import { writeStatus, type Next, type Turn } from "./turn.ts";

export interface ReconcilerOptions {
  readonly kube: KubeClient;
  /** The instances as they were last seen. */
  readonly instances: CacheReader;
  readonly gatherer: Gatherer;
  readonly intents: IntentBook;
  readonly deployers: Deployers;
  readonly preflights: Preflights;
  readonly events: InstanceEvents;
  readonly logger: Logger;
  readonly now: () => number;
  readonly namespacePatienceMs: number;
  /** Makes sure that a kind is watched; says whether its changes are seen by now. */
  readonly watchKind: (apiVersion: string, kind: string) => boolean;
  /** Makes sure that the Secrets which an instance refers to are watched; says whether their changes are seen by now. */
  readonly secretWatches: Pick<SecretWatches, "use" | "forget">;
  /** Of the digests that cover secrets. */
  readonly digestKey: Uint8Array;
  /** The availability of an instance was computed; undefined when it is gone. */
  readonly onAvailability: (key: string, document: Uint8Array | undefined) => void;
}

/** A secret that was missing is looked for again, as long as no watch shows when it comes. */
const missingSecretMs = 5_000;

/** More turns than any instance takes in a row: then others get their turn. */
const mostTurns = 200;

/** It was looked at, and is not there yet. */
const absentStill = { again: undefined } as const;

/** Decisions after which the instance is as it was, or as the answer to the one write says. */
const writesNothingUnknown: ReadonlySet<Decision["do"]> = new Set(["rest", "maintain", "wait", "hold", "preflight"]);

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #freshness: Freshness;
  readonly #drift = new DriftBook();
  readonly #failures = new FailureBook();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#freshness = new Freshness((key) => options.instances.get(key)?.metadata.resourceVersion);
  }

  /** The cache shows another state of an instance; undefined: it is gone. */
  seen(key: string, resourceVersion: string | undefined): void {
    if (resourceVersion === undefined) this.#freshness.forget(key);
    else this.#freshness.seen(key, resourceVersion);
  }

  /** Brings one instance (`namespace/name`) as far as it can be brought now. */
  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | void> {
    let instance = await this.#read(key);
    if (instance === undefined) this.#gone(key);
    for (let turn = 0; turn < mostTurns && !signal.aborted; turn++) {
      const next: Next | typeof absentStill = instance === undefined ? await this.#absent(key) : await this.#turn(key, instance);
      if (!("again" in next)) return next.restMs === undefined ? undefined : { requeueAfterMs: next.restMs };
      instance = next.again;
    }
    return { requeueAfterMs: 0 };
  }

  /** From the cache, unless it lags behind our own last write: a decision must not. */
  async #read(key: string): Promise<ServiceInstance | undefined> {
    const cached = this.#freshness.isFresh(key) ? this.#options.instances.get(key) : undefined;
    if (cached !== undefined) return asServiceInstance(cached);
    const { namespace = "", name } = splitObjectKey(key);
    const object = await this.#options.kube.get({ apiVersion: API_VERSION, kind: SERVICE_INSTANCE_KIND, namespace, name });
    this.#freshness.read(key, object?.metadata.resourceVersion);
    return object === undefined ? undefined : asServiceInstance(object);
  }

  #gone(key: string): void {
    const { gatherer, preflights, secretWatches, onAvailability } = this.#options;
    gatherer.forget(key);
    secretWatches.forget(key);
    preflights.forget(key);
    this.#drift.forget(key);
    this.#failures.forget(key);
    onAvailability(key, undefined);
  }

  /** There is no such instance; an intent may want one. */
  async #absent(key: string): Promise<Next | typeof absentStill> {
    const { intents } = this.#options;
    const intent = intents.forInstance(key);
    if (intent?.action === "Install") return await this.#install(key, intent);
    if (intent !== undefined) intents.record(intent, judgeAbsent(intent), undefined);
    return { restMs: undefined };
  }

  async #install(key: string, intent: IntentOf<"Install">): Promise<Next | typeof absentStill> {
    const { intents, gatherer, now } = this.#options;
    const gathered = await gatherer.gatherAbsent(intent, now());
    if ("refusal" in gathered) {
      intents.record(intent, { phase: "Refused", reason: gathered.refusal }, undefined);
      return { restMs: undefined };
    }
    const turn = this.#turnWith(key, gathered, false);
    const verdict = judgeAbsentInstall(gathered.state, intent);
    intents.record(intent, redactVerdict(verdict, turn.redact), undefined);
    if (verdict.preflight !== undefined) {
      await checkPlan(turn, turn, verdict.preflight);
      return absentStill;
    }
    if (verdict.write === undefined) return soonest({ restMs: undefined }, verdict.waitsUntilUnixMs, now());
    return await this.#writeIntent(turn, intent, undefined, verdict.write);
  }

  async #turn(key: string, instance: ServiceInstance): Promise<Next> {
    const { gatherer, now, watchKind, secretWatches, onAvailability } = this.#options;
    // Before they are read: what changes after that is seen.
    const secretsSeen = secretWatches.use(key, instance.metadata.namespace, secretNames(instance));
    const gathered = await gatherer.gather(instance, now());
    onAvailability(key, gathered.availability?.document);
    // Also after a restart in the middle of an operation, before anything else asks for it.
    for (const { apiVersion, kind } of memberKinds(instance)) watchKind(apiVersion, kind);
    const turn = this.#turnWith(key, gathered, secretsSeen);
    try {
      return await this.#decide(key, turn);
    } catch (error) {
      // It is logged where nothing is known of secrets.
      throw redactError(error, turn.redact);
    }
  }

  #turnWith(key: string, gathered: Gathered, secretsSeen: boolean): Turn {
    const { kube, deployers, preflights, now, watchKind, digestKey } = this.#options;
    const { instance, secrets } = gathered.state;
    const { namespace, name } = instance.metadata;
    const redact = redactorOf(secrets);
    return {
      ...gathered,
      own: kube,
      kube: serviceClient(kube, instance),
      instance,
      applySetId: applySetId(instance.metadata),
      deployers,
      secretsDigest: secretsDigest(digestKey, instance, secrets),
      secretsSeen,
      redact,
      drift: this.#drift,
      failures: this.#failures,
      events: redactedEvents(this.#options.events, redact),
      logger: this.#options.logger.child({ namespace, name }, { serializers: { err: (error: unknown) => redactError(error, redact) } }),
      now,
      watchKind,
      onWritten: (written) => this.#freshness.wrote(key, written.metadata.resourceVersion),
      preflights,
      namespacePatienceMs: this.#options.namespacePatienceMs,
      nameOfInstance: (id) => this.#nameOfInstance(id),
    };
  }

  async #decide(key: string, turn: Turn): Promise<Next> {
    const { instance, state } = turn;
    const verdict = verdictFor(state);
    if (verdict !== undefined && state.intent !== undefined) {
      const carried = instance.metadata.annotations?.[annotations.intent] === state.intent.id;
      const said = redactVerdict(verdict, turn.redact);
      const isNew = this.#options.intents.record(state.intent, said, carried ? instance.metadata.generation : undefined);
      if (isNew && said.phase === "Refused" && said.reason !== undefined) {
        const { id } = state.intent;
        const { code, message } = said.reason;
        turn.events.note(instance, "Warning", "IntentRefused", `intent ${id} to ${wishOf(state.intent)}: ${code}: ${message}`);
      }
    }
    const decision = decide(state, verdict);
    // Until a write that is known says otherwise; one that fails may have been made all the same.
    if (!writesNothingUnknown.has(decision.do)) this.#freshness.mayHaveWritten(key);
    return soonest(await this.#perform(turn, decision), verdict?.waitsUntilUnixMs, this.#options.now());
  }

  async #perform(turn: Turn, decision: Decision): Promise<Next> {
    switch (decision.do) {
      case "writeIntent":
        return await this.#ifStillThere(this.#writeIntent(turn, turn.state.intent, turn.instance, decision.write));
      case "remove":
        return await this.#ifStillThere(remove(turn));
      case "addFinalizer":
        await addFinalizer(turn.own, turn.instance);
        return { restMs: 0 };
      case "rebuild":
        return await rebuildStatus(turn, decision.remains);
      case "preflight":
        return await checkPlan(decision.of === "intent" ? wishedTurn(turn) : turn, turn, decision);
      case "accept":
        return await accept(turn, decision.kind, decision.plan);
      case "wait":
        return { restMs: decision.ms };
      case "hold":
        return await hold(turn, decision);
      case "run":
        return await run(turn, decision.operation);
      case "complete":
        return await complete(turn, decision.operation);
      case "stop":
        return await end(turn, decision.operation, decision.result, decision.reason);
      case "maintain":
        return await maintain(turn, decision.pending);
      case "rest": {
        const { phase, reason, stalled, judged, againMs } = decision;
        await writeStatus(
          turn,
          restSituation(phase, reason, stalled, turn.state.secrets.missing),
          judged ? nothingPending(turn.instance) : {},
        );
        return { restMs: turn.state.secrets.missing.length > 0 && !turn.secretsSeen ? missingSecretMs : againMs };
      }
    }
  }

  #nameOfInstance(id: string): string | undefined {
    const objects = this.#options.instances.list().map(asServiceInstance);
    const found = objects.find(({ metadata }) => applySetId(metadata) === id);
    return found === undefined ? undefined : instanceKey(found);
  }

  /** @param instance that was judged; undefined: there was none */
  async #writeIntent(turn: Turn, intent: Intent | undefined, instance: ServiceInstance | undefined, write: IntentWrite): Promise<Next> {
    const { namespace, name } = turn.instance.metadata;
    const { change, intentId, takeOverFrom } = write;
    let written: IntentWritten;
    try {
      if (change.type === "Create") await ensureNamespace({ kube: turn.own, own: turn.own, targetNamespace: namespace });
      written = await writeIntent(turn.own, { namespace, name }, instance, write);
    } catch (error) {
      const reason = refusalOf(error, { namespace, name });
      if (intent !== undefined) this.#options.intents.record(intent, { phase: "Refused", reason }, undefined);
      return { restMs: undefined };
    }
    // It is judged anew.
    if (written.outcome === "Changed") return { restMs: 0 };
    turn.logger.info({ intent: intentId, change: change.type }, "intent applied");
    const from = takeOverFrom === undefined ? "" : `, taken over from ${takeOverFrom}`;
    const noted = written.outcome === "Written" ? written.instance : turn.instance;
    turn.events.note(
      noted,
      "Normal",
      takeOverFrom === undefined ? "FleetIntent" : "TakenOver",
      `${changeOf(change)} by intent ${intentId}${from}`,
    );
    if (written.outcome !== "Written") return { restMs: 0 };
    turn.onWritten(written.instance);
    return { again: written.instance };
  }

  /** An object that is being deleted may be gone before the last write. */
  async #ifStillThere(next: Promise<Next>): Promise<Next> {
    try {
      return await next;
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return { restMs: 0 };
      throw error;
    }
  }
}

/** For people. */
function changeOf(change: IntentChange): string {
  switch (change.type) {
    case "Version":
      return `spec.version is ${change.version}`;
    case "Template":
      return "the configuration was written";
    case "Create":
      return `made at version ${change.version}`;
    case "Delete":
      return "deleted";
  }
}

function wishOf(intent: Intent): string {
  return "version" in intent ? intent.version : intent.action.toLowerCase();
}

/** The turn as it would be if the intent's wish were granted. */
function wishedTurn(turn: Turn): Turn {
  const { wished } = turn.state;
  if (wished === undefined || "refusal" in wished) return turn;
  const redact = redactorOf(wished.secrets);
  return { ...turn, ...wished, state: { ...turn.state, ...wished }, redact: (text) => redact(turn.redact(text)) };
}
