import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import type { Intent, Reason } from "@portolan/shared/wire";
import {
  judge,
  remember,
  type ConditionProblem,
  type Conditions,
  type RememberedRequests,
  type RequestIdentity,
} from "../conditions/mod.ts";
import { instanceKey, type ClusterView, type FleetChange, type FleetReader, type InstanceKey } from "../fleet/mod.ts";
import { RecordConflict } from "../records/mod.ts";
import { advance, applyAdvance, endOfRollback, type AdvanceContext } from "./advance.ts";
import { checkedAnew, command, type Actor, type CommandProblem, type RolloutCommand, type Said } from "./commands.ts";
import { createRollout, type CreateProblem } from "./create.ts";
import { decodeDeletion, type Deletion } from "./deletion.ts";
import { Driver } from "./driver.ts";
import { intentsFor } from "./intents-for.ts";
import { withJournal } from "./journal.ts";
import { KnownRollouts } from "./known-rollouts.ts";
import { candidates, type LabelsOf, type Member } from "./members.ts";
import { isOpen, ownsTargets, type Rollout } from "./model.ts";
import { PastDurations } from "./past-durations.ts";
import { phaseOf } from "./phase.ts";
import { progressOf, targetsOf, type RolloutProgress, type TargetProgress } from "./progress.ts";
import type { RetractionOf } from "./retraction.ts";
import type { Room } from "./room.ts";
import { RolloutStore, type RolloutChange, type RolloutRecords } from "./rollout-store.ts";
import type { RolloutSpec } from "./spec.ts";
import { headKey, nameOfKey, StoredRolloutError } from "./stored-rollout.ts";
import { undoName, undoRollout, whyNotUndone } from "./undo.ts";

export interface RolloutsOptions {
  readonly records: RolloutRecords;
  readonly fleet: FleetReader;
  readonly labelsOf: LabelsOf;
  /** Whether anybody in the fleet says anything about the version. */
  readonly knows: (service: string, version: string) => boolean;
  readonly retraction: RetractionOf;
  /** Why a cluster cannot be told its intents; undefined: it can. */
  readonly undeliverable: (cluster: string) => Reason | undefined;
  /** Why a cluster's document cannot hold these intents; undefined: it can. */
  readonly tooLarge: (cluster: string, intents: readonly Intent[]) => Reason | undefined;
  /** Roles that anybody has. */
  readonly roles: ReadonlySet<string>;
  readonly logger: Logger;
  readonly now: () => number;
  /** The open intents of these clusters may have changed. */
  readonly onDecided: (clusters: ReadonlySet<string>) => void;
  /** Something that a rollout depends on has changed; undefined: it was deleted. */
  readonly onProgress: (name: string, progress: RolloutProgress | undefined) => void;
  /** The rollout was changed and stored; nobody asked for it where the hub itself decided. */
  readonly onChanged: (before: Rollout | undefined, after: Rollout, by: Asked | undefined) => void;
  /** It was read as somebody else has stored it, who may not have told anybody. */
  readonly onSeen: (before: Rollout | undefined, after: Rollout) => void;
  /** Somebody asked to forget a rollout. */
  readonly onDeleted: (said: Deletion) => void;
  /** The same of another hub, which may not have told anybody. */
  readonly onSeenDeleted: (said: Deletion) => void;
}

/** Who asks for something, and why. */
export interface Asked {
  readonly actor: Actor;
  /** In the words of the person. */
  readonly reason?: string;
  readonly conditions?: Conditions<RolloutProgress | undefined>;
}

/** Why something that was asked for was not done. */
export type RolloutProblem =
  | CreateProblem
  | CommandProblem
  | ConditionProblem
  | { readonly code: "UnknownRollout" | "RolloutExists" | "NotUndoable"; readonly message: string };

export type RolloutOutcome = { readonly progress: RolloutProgress; readonly created?: true } | { readonly problem: RolloutProblem };

/** The actor of what the hub decides itself. */
const HUB = "system:hub";
/** So many ended rollouts are kept. */
const KEPT = 200;
/** A rollout larger than this is looked at after a pause, so that a burst of reports costs one look. */
const SMALL_TARGETS = 500;
const LARGE_PAUSE_MS = 20;
/** So often in a row somebody else may be faster. */
const MAX_CONFLICTS = 20;
const CONFLICT_PAUSE_MS = 10;

/**
 * All rollouts. One is looked at when a message touches it, or when a deadline comes; what is decided is stored first and acted on then,
 * so a crash in between loses nothing but the decision, which is made again. Decisions are stored one after the other.
 */
export class Rollouts {
  readonly #options: RolloutsOptions;
  readonly #store: RolloutStore;
  readonly #driver: Driver;
  readonly #known = new KnownRollouts();
  readonly #past = new PastDurations();
  /** Records of these were written by somebody else. */
  readonly #stale = new Set<string>();
  /** Something has changed that may make their selectors choose otherwise. */
  readonly #reselect = new Set<string>();
  /** It is being stored: what somebody else writes meanwhile is newer than what is taken over then. */
  #saving: string | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #driving = false;

  constructor(options: RolloutsOptions) {
    this.#options = options;
    this.#store = new RolloutStore(options.records);
    this.#driver = new Driver({
      now: options.now,
      onError: (name, error) => options.logger.warn({ rollout: name, err: error }, "could not decide about a rollout, will try again"),
      step: (name) => this.#exclusively(() => this.#step(name)),
      pauseMs: (name) => ((this.#known.get(name)?.targets.length ?? 0) > SMALL_TARGETS ? LARGE_PAUSE_MS : 0),
    });
  }

  /** A record was read, or written by somebody else. */
  onRecord(key: string, note?: Uint8Array): void {
    const said = note === undefined ? undefined : decodeDeletion(note);
    if (said !== undefined) {
      this.#options.onSeenDeleted(said);
    }
    const name = nameOfKey(key);
    this.#stale.add(name);
    // A rollout is read when its head is there. Its targets were written before that when it was made, and after it since.
    if (key === headKey(name) || this.#store.has(name)) {
      if (name !== this.#saving) {
        this.#refresh(name);
      }
      this.#driver.touch(name);
    }
  }

  /** Resolves when what is stored is not being written, and all that was read of it is taken over. */
  async settled(): Promise<void> {
    await this.#exclusively(async () => {
      for (const name of this.#stale) {
        this.#refresh(name);
      }
      await Promise.resolve();
    });
  }

  /** Decides only while the fleet view is complete: what was not read yet must not count as gone. */
  drive(driving: boolean): void {
    this.#driving = driving;
    if (driving) {
      void this.#exclusively(() => this.#sweep());
      this.#reselectAll();
      for (const { name } of this.#known.values()) {
        this.#driver.touch(name);
      }
    }
  }

  onFleetChange(change: FleetChange): void {
    switch (change.type) {
      case "instance":
        if (change.before === undefined || change.after === undefined) {
          this.#reselectAll();
        } else if (change.before.status.version !== change.after.status.version) {
          this.#reselectByVersion(change.key);
        }
        this.#touchIn(change.ref.cluster);
        break;
      case "heartbeat":
        if (mayBeChosenOtherwise(change.before, change.after)) {
          this.#reselectAll();
        }
        if (change.before?.inSync !== change.after.inSync) {
          this.#touchIn(change.cluster);
        }
        break;
      case "cluster":
        this.#touchIn(change.cluster);
        break;
      case "staleIncarnation":
      case "leftBehind":
        break;
    }
  }

  /** It turned out that a cluster cannot be told its intents. */
  onUndeliverable(cluster: string): void {
    this.#touchIn(cluster);
  }

  /** Labels of a cluster have changed. */
  onLabels(): void {
    this.#reselectAll();
  }

  get(name: string): RolloutProgress | undefined {
    const rollout = this.#known.get(name);
    return rollout === undefined ? undefined : progressOf(rollout, this.#options.fleet);
  }

  /** Undefined when there is no such rollout. */
  targets(name: string): readonly TargetProgress[] | undefined {
    const rollout = this.#known.get(name);
    const { fleet, undeliverable } = this.#options;
    return rollout === undefined ? undefined : targetsOf(rollout, fleet, undeliverable);
  }

  /** Newest first. */
  list(): RolloutProgress[] {
    return this.#known.newestFirst().map((rollout) => progressOf(rollout, this.#options.fleet));
  }

  intentsFor(cluster: string): Intent[] {
    return intentsFor(this.#known.in(cluster));
  }

  /**
   * Makes a rollout, or changes the document of one that has not started; asks the agents what they would do. The same document again
   * changes nothing.
   *
   * @throws RecordConflict, BusError when it could not be stored; it may have been all the same, and shows up then.
   */
  apply(name: string, spec: RolloutSpec, asked: Asked): Promise<RolloutOutcome> {
    return this.#exclusively(async () => {
      const outcome = await this.#decide(name, (before) => this.#applied(name, before, spec, asked), asked);
      await this.#prune();
      return outcome;
    });
  }

  /** @throws RecordConflict, BusError as `apply` */
  command(name: string, wanted: RolloutCommand, asked: Asked): Promise<RolloutOutcome> {
    return this.#exclusively(() =>
      this.#decide(
        name,
        (before) => {
          if (before === undefined) {
            return unknownRollout(name);
          }
          const { fleet, labelsOf, retraction, now } = this.#options;
          return command(before, wanted, {
            fleet,
            labelsOf,
            retraction,
            nowMs: now(),
            uid: newUid(),
            ...asked,
            ownerOf: (key) => this.#known.ownerOf(key, name),
            room: this.#room(),
          });
        },
        asked,
      ),
    );
  }

  /**
   * Makes a rollout that brings another one's targets back, and asks the agents what they would do.
   *
   * @throws RecordConflict, BusError as `apply`
   */
  undo(name: string, asked: Asked): Promise<RolloutOutcome> {
    return this.#exclusively(() => {
      const undoneNow = this.#refresh(name);
      const madeBefore = undoneNow === undefined ? undefined : this.#known.undoing(undoneNow);
      // What was made and never started is made anew.
      const isDraft = madeBefore !== undefined && isOpen(madeBefore) && madeBefore.started === undefined;
      const newName = this.#undoneBy(name, asked) ?? (isDraft ? madeBefore.name : this.#undoName(name));
      return this.#decide(
        newName,
        (before) => {
          const undone = this.#refresh(name);
          if (undone === undefined) {
            return unknownRollout(name);
          }
          const problem = whyNotUndone(undone, this.#known.undoing(undone), before);
          const { fleet, now } = this.#options;
          const undo =
            problem === undefined
              ? undoRollout(undone, fleet, { name: newName, uid: newUid(), nowMs: now(), by: asked.actor.name, reason: asked.reason })
              : undefined;
          if (problem !== undefined || undo === undefined) {
            return { problem: problem ?? { code: "NotUndoable", message: `every target of ${name} is what it was before` } };
          }
          return checkedAnew(undo, { fleet, nowMs: now(), room: this.#room() });
        },
        asked,
      );
    });
  }

  /** Forgets a rollout that has ended, or never started; gives what it was. @throws RecordConflict, BusError as `apply` */
  delete(name: string, { actor, reason, conditions = {} }: Asked): Promise<RolloutOutcome> {
    return this.#exclusively(() =>
      this.#untilStored(async () => {
        const rollout = this.#refresh(name);
        if (rollout === undefined) {
          return unknownRollout(name);
        }
        const progress = progressOf(rollout, this.#options.fleet);
        const judged = judge(conditions, rollout.requests ?? [], progress, this.#options.now());
        if (judged.type === "Refused") {
          return { problem: judged.problem };
        }
        if (isOpen(rollout) && rollout.started !== undefined) {
          return { problem: { code: "WrongPhase", message: `the rollout ${name} is ${phaseOf(rollout)}: abort it first` } };
        }
        const said: Deletion = {
          id: `${rollout.uid}.RolloutDeleted`,
          atMs: this.#options.now(),
          actor: actor.name,
          ...(reason === undefined ? {} : { reason }),
          rollout: name,
          service: rollout.spec.service,
          before: progress.phase,
        };
        await this.#store.delete(rollout, said);
        this.#forget(name);
        this.#options.onDeleted(said);
        return { progress };
      }),
    );
  }

  stop(): void {
    this.#driving = false;
    this.#driver.stop();
  }

  /** One decision at a time is made and stored: each is made from all that was stored before. */
  #exclusively<T>(job: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(job);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  #applied(
    name: string,
    before: Rollout | undefined,
    spec: RolloutSpec,
    { actor, reason }: Asked,
  ): { readonly rollout: Rollout } | { readonly problem: RolloutProblem } {
    if (before !== undefined && isDeepStrictEqual(before.spec, spec)) {
      return { rollout: before };
    }
    const { fleet, labelsOf, knows, roles, now } = this.#options;
    const phase = before === undefined ? "Draft" : phaseOf(before);
    if (phase !== "Draft" && phase !== "Checking" && phase !== "Checked") {
      return {
        problem: {
          code: "RolloutExists",
          message: `the rollout ${name} is ${phase}, and its document cannot change any more; take another name`,
        },
      };
    }
    const made = createRollout(name, spec, {
      fleet,
      labelsOf,
      knows,
      roles,
      uid: newUid(),
      nowMs: now(),
      by: actor.name,
      ...(reason === undefined ? {} : { reason }),
    });
    if ("problem" in made) {
      return made;
    }
    const busy = made.rollout.targets
      .map((target) => ({ target, owner: this.#known.ownerOf(instanceKey(target), name) }))
      .find(({ owner }) => owner !== undefined);
    if (busy?.owner !== undefined) {
      const { cluster, namespace, name: instance } = busy.target;
      const message = `the instance ${cluster}/${namespace}/${instance} belongs to the open rollout ${busy.owner}`;
      return { problem: { code: "InstanceBusy", message, rollout: busy.owner } };
    }
    return checkedAnew(made.rollout, { fleet, nowMs: now(), room: this.#room() });
  }

  /** Decides and stores, again and again while somebody else was faster: what it is held to is judged anew, too. */
  #decide(
    name: string,
    decide: (before: Rollout | undefined) => { readonly rollout: Rollout; readonly said?: Said } | { readonly problem: RolloutProblem },
    asked: Asked,
  ): Promise<RolloutOutcome> {
    const { fleet, now } = this.#options;
    const { conditions = {} } = asked;
    return this.#untilStored(async () => {
      const before = this.#refresh(name);
      const progress = before === undefined ? undefined : progressOf(before, fleet);
      const judged = judge(conditions, before?.requests ?? [], progress, now());
      if (judged.type === "Done" && progress !== undefined) {
        return { progress };
      }
      if (judged.type === "Refused") {
        return { problem: judged.problem };
      }
      const outcome = decide(before);
      if ("problem" in outcome) {
        return outcome;
      }
      const after = withRequest(outcome.rollout, before?.requests, conditions.request, now());
      if (after !== before) {
        await this.#save(before, after, changeBetween(before, after), asked, outcome.said);
        this.#driver.touch(name);
      }
      return { progress: progressOf(after, fleet), ...(before === undefined ? { created: true as const } : {}) };
    });
  }

  async #untilStored<T>(attemptOnce: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await attemptOnce();
      } catch (error) {
        if (!(error instanceof RecordConflict) || attempt === MAX_CONFLICTS) {
          throw error;
        }
        await pause();
      }
    }
  }

  /** Decides until there is nothing left to decide; gives when time alone may change that. */
  async #step(name: string): Promise<number | undefined> {
    for (let conflicts = 0; ;) {
      const rollout = this.#refresh(name);
      if (rollout === undefined || !this.#driving) {
        return undefined;
      }
      const next = advance(rollout, this.#context(rollout));
      const after = applyAdvance(rollout, next);
      try {
        if (after !== rollout) {
          await this.#save(rollout, after, {
            targets: next.targets.keys(),
            head: next.head !== undefined || after.targets.length > rollout.targets.length,
          });
        } else if (next.needsUndo === true) {
          await this.#beginUndo(rollout);
        } else {
          this.#reselect.delete(name);
          this.#options.onProgress(name, progressOf(rollout, this.#options.fleet));
          return next.wakeAtMs;
        }
      } catch (error) {
        conflicts += 1;
        if (!(error instanceof RecordConflict) || conflicts === MAX_CONFLICTS) {
          throw error;
        }
        await pause();
      }
    }
  }

  #room(): Room {
    return { shares: (cluster) => this.#known.in(cluster), tooLarge: this.#options.tooLarge };
  }

  #context(rollout: Rollout): AdvanceContext {
    const { fleet, labelsOf, retraction, undeliverable, now } = this.#options;
    const chosen = this.#candidates(rollout);
    const undo = this.#known.undoing(rollout);
    return {
      fleet,
      labelsOf,
      retraction,
      nowMs: now(),
      estimate: (spec, target, steps) => this.#past.estimate(spec, target, steps),
      undeliverable,
      room: this.#room(),
      isTaken: (key) => this.#known.ownerOf(key, rollout.name) !== undefined,
      ...(chosen === undefined ? {} : { candidates: chosen }),
      ...(undo === undefined ? {} : { undo }),
    };
  }

  #candidates(rollout: Rollout): readonly Member[] | undefined {
    const { fleet, labelsOf } = this.#options;
    return this.#reselect.has(rollout.name) && isOpen(rollout) && rollout.started !== undefined
      ? candidates(rollout.spec, fleet, labelsOf)
      : undefined;
  }

  /** The way back begins: as a rollout of its own, which nobody needs to start. */
  async #beginUndo(rollout: Rollout): Promise<void> {
    const { fleet, now } = this.#options;
    // It was stored, and the hub was killed before it could say so in the rollout.
    const existing = this.#known.undoing(rollout);
    const name = existing?.name ?? this.#undoName(rollout.name);
    const undo =
      existing ?? undoRollout(rollout, fleet, { name, uid: newUid(), nowMs: now(), by: HUB, reason: rollout.rollingBack?.reason.message });
    if (undo === undefined) {
      const after: Rollout = { ...rollout, finished: { result: endOfRollback(rollout, fleet), atMs: now() } };
      await this.#save(rollout, after, { targets: [], head: true });
      return;
    }
    if (existing === undefined) {
      const started = { ...undo, started: { atMs: now(), by: HUB } };
      await this.#save(undefined, started, { targets: started.targets.keys(), head: true });
    }
    await this.#save(rollout, { ...rollout, undoneBy: name }, { targets: [], head: true });
    this.#driver.touch(name);
  }

  /** Name of the way back that the same request has made already. */
  #undoneBy(undone: string, { conditions: { request } = {} }: Asked): string | undefined {
    const nowMs = this.#options.now();
    return request === undefined
      ? undefined
      : this.#known
          .newestFirst()
          .find(({ undoes, requests = [] }) => undoes?.name === undone && judge({ request }, requests, undefined, nowMs).type !== "Go")
          ?.name;
  }

  #undoName(undone: string): string {
    return undoName(undone, (name) => this.#refresh(name) === undefined && !this.#store.has(name));
  }

  /**
   * Stores a change together with what is to be told of it, takes it over, then acts on it.
   *
   * @throws RecordConflict, BusError
   */
  async #save(before: Rollout | undefined, decided: Rollout, change: RolloutChange, asked?: Asked, said?: Said): Promise<void> {
    const { logger, onDecided, onChanged, now } = this.#options;
    const by =
      asked === undefined ? undefined : { actor: asked.actor.name, ...(asked.reason === undefined ? {} : { reason: asked.reason }) };
    const after = withJournal(before, decided, by, now(), said);
    const indexes = [...change.targets];
    this.#saving = after.name;
    try {
      await this.#store.write(after, { ...change, targets: indexes });
      this.#set(after);
    } finally {
      this.#saving = undefined;
    }
    onChanged(before, after, asked);
    const clusters =
      change.head && before?.uid !== after.uid
        ? [...after.targets.map(({ cluster }) => cluster), ...(before?.targets ?? []).map(({ cluster }) => cluster)]
        : indexes.flatMap((index) => after.targets[index]?.cluster ?? []);
    // The end of a check takes all its questions back.
    const all = before !== undefined && change.head && before.check?.hash !== after.check?.hash;
    onDecided(new Set(all ? after.targets.map(({ cluster }) => cluster) : clusters));
    const phase = phaseOf(after);
    if (before === undefined || phase !== phaseOf(before)) {
      logger.info({ rollout: after.name, phase, targets: after.targets.length }, "a rollout has another phase");
    }
  }

  /** Takes over what the records hold, when somebody else wrote them. */
  #refresh(name: string): Rollout | undefined {
    if (this.#stale.delete(name)) {
      try {
        this.#reread(name);
      } catch (error) {
        if (!(error instanceof StoredRolloutError)) {
          throw error;
        }
        this.#options.logger.error({ rollout: name, code: error.code }, error.message);
      }
    }
    return this.#known.get(name);
  }

  #reread(name: string): void {
    const stored = this.#store.read(name);
    const before = this.#known.get(name);
    if (stored !== undefined && !isDeepStrictEqual(stored, before)) {
      this.#set(stored);
      this.#options.onSeen(before, stored);
      this.#options.onDecided(new Set([...stored.targets, ...(before?.targets ?? [])].map(({ cluster }) => cluster)));
    } else if (stored === undefined && !this.#store.has(name)) {
      this.#forget(name);
    }
  }

  #touchIn(cluster: string): void {
    for (const { rollout } of this.#known.in(cluster)) {
      if (this.#known.isActive(rollout.name)) {
        this.#driver.touch(rollout.name);
      }
    }
  }

  #reselectAll(): void {
    this.#reselectWhere(() => true);
  }

  /** Another version is installed: of what is a target already that changes nothing. */
  #reselectByVersion(key: InstanceKey): void {
    this.#reselectWhere(({ spec, name }) => spec.selector.fields?.version !== undefined && !this.#known.contains(name, key));
  }

  #reselectWhere(concerns: (rollout: Rollout) => boolean): void {
    for (const rollout of this.#known.values()) {
      if (isOpen(rollout) && rollout.started !== undefined && concerns(rollout)) {
        this.#reselect.add(rollout.name);
        this.#driver.touch(rollout.name);
      }
    }
  }

  #set(rollout: Rollout): void {
    const { name, uid } = rollout;
    const before = this.#known.get(name);
    this.#known.set(rollout);
    this.#past.learn(rollout);
    // The one that it brings back stops, and waits for its end.
    if (rollout.undoes !== undefined && (before?.uid !== uid || !isOpen(rollout))) {
      this.#driver.touch(rollout.undoes.name);
    }
    // Whatever has changed while its start was being stored.
    if (before?.started === undefined && rollout.started !== undefined) {
      this.#reselect.add(name);
    }
    if (before !== undefined && before.uid === uid && waitsAgain(before, rollout)) {
      this.#reselect.add(name);
    }
    // What it has kept from joining others is free.
    if (before !== undefined && ownsTargets(before) && !ownsTargets(rollout)) {
      this.#reselectAll();
    }
  }

  #forget(name: string): void {
    const rollout = this.#known.get(name);
    if (rollout === undefined) {
      return;
    }
    this.#known.delete(name);
    this.#reselect.delete(name);
    this.#driver.forget(name);
    this.#options.onDecided(new Set(rollout.targets.map(({ cluster }) => cluster)));
    this.#options.onProgress(name, undefined);
  }

  async #sweep(): Promise<void> {
    try {
      await this.#store.sweep();
    } catch (error) {
      // It does no harm, and the next hub that starts tries again.
      this.#options.logger.warn({ err: error }, "could not delete what is left of rollouts");
    }
  }

  /** Forgets the oldest of the ended ones that have nothing open any more. */
  async #prune(): Promise<void> {
    const ended = this.#known.newestFirst().filter(({ name }) => !this.#known.isActive(name));
    for (const rollout of ended.slice(KEPT)) {
      try {
        await this.#store.delete(rollout);
        this.#forget(rollout.name);
      } catch (error) {
        // The next rollout that is made tries again.
        this.#options.logger.warn({ rollout: rollout.name, err: error }, "could not delete an old rollout");
      }
    }
  }
}

/** A selector looks at a cluster's name and facts. */
function mayBeChosenOtherwise(before: ClusterView | undefined, { heartbeat: { incarnation, facts } }: ClusterView): boolean {
  return before === undefined || !isDeepStrictEqual([before.heartbeat.incarnation, before.heartbeat.facts], [incarnation, facts]);
}

/** Another document makes another rollout of it, and it still knows the requests of before. */
function withRequest(
  rollout: Rollout,
  known: RememberedRequests | undefined,
  request: RequestIdentity | undefined,
  nowMs: number,
): Rollout {
  const requests = request === undefined ? known : remember(known ?? [], request, nowMs);
  return requests === undefined || requests === rollout.requests ? rollout : { ...rollout, requests };
}

function changeBetween(before: Rollout | undefined, after: Rollout): RolloutChange {
  const same = before?.uid === after.uid ? before.targets : [];
  const targets = after.targets.flatMap((target, index) => (same[index] === target ? [] : [index]));
  return { targets, head: true, ...(before === undefined || before.uid === after.uid ? {} : { replaced: before }) };
}

/** Whether a target has its turn once more: whether it is still chosen was not asked while it was on its way, or had ended. */
function waitsAgain({ targets: before }: Rollout, { targets }: Rollout): boolean {
  return targets.some(({ decision }, index) => {
    const was = before[index]?.decision.type;
    return decision.type === "Undecided" && (was === "Sent" || was === "Settled");
  });
}

function unknownRollout(name: string): { readonly problem: RolloutProblem } {
  return { problem: { code: "UnknownRollout", message: `there is no rollout ${name}` } };
}

function newUid(): string {
  return `ro-${randomBytes(6).toString("hex")}`;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, CONFLICT_PAUSE_MS));
}
