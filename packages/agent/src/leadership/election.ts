/** A candidate's way to leadership: looks at the Lease, decides, writes, looks again. */
import type { Logger } from "pino";
import { describeRef, isAlreadyExists, isConflict, isNotFound, sleep, type Clock, type KubeClient, type KubeObject } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";
import { decideLease, type LeaseTiming } from "./decide-lease.ts";
import { Leadership, LeadershipLostError } from "./leadership.ts";
import { leaseObject, leaseRef, microTime, readLease, type LeaseRecord } from "./lease.ts";

export interface ElectionOptions {
  /** Not fenced: only with it a Lease is written. */
  readonly kube: KubeClient;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Another one for each process. */
  readonly identity: string;
  readonly timing: LeaseTiming;
  readonly logger: Logger;
  /** Timers, and the time of day that is written into the Lease for people. */
  readonly clock: Clock;
  /** Milliseconds that pass also while the process stands still, from any beginning. */
  readonly monotonic: () => number;
  /** In [0, 1), as Math.random. */
  readonly random: () => number;
  /** What is written into the Lease about its holder, at every renewal. */
  readonly annotations?: () => Readonly<Record<string, string>>;
  readonly onLeading?: (leads: boolean) => void;
  /** Another candidate was found to lead: this one is ready to follow it. */
  readonly onStandby?: () => void;
}

/** client-go's: candidates look after 1 to 2.2 retry periods, so that they do not all come at once. */
const jitterFactor = 1.2;

/** A Lease is given back in so much time, and with so many tries. */
const releaseMs = 5_000;
const releaseTries = 3;

const lostWhy = {
  RenewDeadlineExceeded: "its Lease was not renewed in time",
  TakenByAnother: "another agent holds its Lease",
} as const;

export class Election {
  readonly #options: ElectionOptions;
  readonly #stop = new AbortController();
  #lease: LeaseRecord | undefined;
  #seenAt = 0;
  /** Whether the Lease is known as it is, and not only as it was before a wait or a write of unknown outcome. */
  #read = false;
  #leadership: Leadership | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #holder: string | undefined;

  constructor(options: ElectionOptions) {
    this.#options = options;
  }

  /**
   * Waits until this candidate leads, however long that takes. From then on the Lease is renewed until it is lost, or released.
   *
   * @throws the signal's reason when it is aborted before
   */
  async win(signal: AbortSignal): Promise<Leadership> {
    for (;;) {
      signal.throwIfAborted();
      const leadership = await this.#turn(signal);
      if (leadership === undefined) continue;
      this.#keeping = this.#keep(leadership);
      this.#options.onLeading?.(true);
      this.#options.logger.info({ identity: this.#options.identity, lease: this.#name }, "this agent leads");
      return leadership;
    }
  }

  /** Gives the Lease back, so that another candidate need not wait for it to run out. Whatever acts on its behalf must have ended. */
  async release(): Promise<void> {
    this.#stop.abort();
    await this.#keeping;
    if (this.#leadership === undefined || this.#leadership.signal.aborted) return;
    this.#leadership.end(new LeadershipLostError("its Lease was released"));
    this.#options.onLeading?.(false);
    try {
      await this.#giveBack();
    } catch (error) {
      // It runs out by itself.
      this.#options.logger.warn({ err: error, lease: this.#name }, "the Lease could not be released");
    }
  }

  /** A renewal that was cut off may have arrived all the same, or arrive while the Lease is looked at. */
  async #giveBack(): Promise<void> {
    const { identity, clock } = this.#options;
    for (let tries = 1; ; tries += 1) {
      if (!this.#read) await this.#look(AbortSignal.timeout(releaseMs));
      const lease = this.#lease;
      if (lease?.holder !== identity) return;
      const now = microTime(clock.now());
      const record = { ...lease, holder: "", annotations: {}, durationMs: 1000, acquiredAt: now, renewedAt: now };
      try {
        await this.#write(record, lease.resourceVersion, releaseMs);
        return;
      } catch (error) {
        if (!isConflict(error) || tries === releaseTries) throw error;
        this.#read = false;
      }
    }
  }

  async #keep(leadership: Leadership): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, leadership.signal]);
    while (!signal.aborted) await this.#turn(signal);
    if (this.#stop.signal.aborted) return;
    this.#options.onLeading?.(false);
    this.#options.logger.error({ err: leadership.signal.reason, lease: this.#name }, "this agent leads no more");
  }

  /** One look, one action. Gives the leadership that it has won. */
  async #turn(signal: AbortSignal): Promise<Leadership | undefined> {
    const { identity, timing, monotonic, random } = this.#options;
    try {
      const leading = this.#leadership;
      const view = { identity, timing, lease: this.#lease, seenAt: this.#seenAt, renewedAt: leading?.renewedAt };
      const action = decideLease(view, monotonic());
      if (!this.#read && action.do !== "stepDown") {
        await this.#look(signal);
        return undefined;
      }
      switch (action.do) {
        case "create":
        case "acquire":
        case "renew":
          return await this.#take(action.do, signal);
        case "wait": {
          if (leading === undefined) {
            this.#options.onStandby?.();
            await this.#pause(action.ms * (1 + random() * jitterFactor), signal);
            this.#read = false;
          } else await this.#pause(action.ms, signal);
          return undefined;
        }
        case "stepDown":
          leading?.end(new LeadershipLostError(lostWhy[action.reason]));
          return undefined;
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      await this.#failed(error, signal);
      return undefined;
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { kube, namespace, name, monotonic, logger } = this.#options;
    const object = await kube.get(leaseRef(namespace, name), { signal, timeoutMs: this.#timeoutMs() });
    const lease = object === undefined ? undefined : readLease(object);
    if (lease?.resourceVersion !== this.#lease?.resourceVersion) this.#see(lease, monotonic());
    this.#read = true;
    if (lease === undefined || lease.holder === this.#holder) return;
    this.#holder = lease.holder;
    if (lease.holder !== this.#options.identity) logger.info({ holder: lease.holder, lease: this.#name }, "another agent leads");
  }

  #see(lease: LeaseRecord | undefined, at: number): void {
    this.#lease = lease;
    this.#seenAt = at;
  }

  /** Writes this candidate into the Lease, over exactly what was seen of it. */
  async #take(how: "create" | "acquire" | "renew", signal: AbortSignal): Promise<Leadership | undefined> {
    const { identity, timing, clock, monotonic, annotations } = this.#options;
    const now = microTime(clock.now());
    const before = this.#lease;
    const keeps = before?.holder === identity;
    const record = {
      holder: identity,
      durationMs: timing.durationMs,
      acquiredAt: keeps ? (before.acquiredAt ?? now) : now,
      renewedAt: now,
      transitions: (before?.transitions ?? 0) + (before === undefined || keeps ? 0 : 1),
      annotations: annotations?.() ?? {},
    };
    // The time before the request: what the server wrote is not older than that.
    const sentAt = monotonic();
    this.#read = false;
    const written = await this.#write(record, how === "create" ? undefined : before?.resourceVersion, this.#timeoutMs(), signal);
    this.#see(readLease(written), monotonic());
    this.#read = true;
    if (this.#leadership !== undefined) {
      this.#leadership.renewed(sentAt);
      return undefined;
    }
    this.#leadership = new Leadership(timing, monotonic, sentAt);
    return this.#leadership;
  }

  async #write(
    record: Omit<LeaseRecord, "resourceVersion">,
    resourceVersion: string | undefined,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    const { kube, namespace, name } = this.#options;
    const object = leaseObject(leaseRef(namespace, name), record, resourceVersion);
    const options = { fieldManager: AGENT_MANAGER, timeoutMs, signal };
    return resourceVersion === undefined ? await kube.create(object, options) : await kube.replace(object, options);
  }

  /** Not longer than there is to lose. */
  #timeoutMs(): number {
    const { timing, monotonic } = this.#options;
    if (this.#leadership === undefined) return timing.renewDeadlineMs;
    return Math.max(1, this.#leadership.renewedAt + timing.renewDeadlineMs - monotonic());
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const { timing, logger, random } = this.#options;
    // Somebody else was faster: look again at once.
    if (isConflict(error) || isAlreadyExists(error) || (isNotFound(error) && this.#lease !== undefined)) return;
    logger.warn({ err: error, lease: this.#name }, "the Lease cannot be read or written");
    const pauseMs = this.#leadership === undefined ? timing.retryPeriodMs * (1 + random() * jitterFactor) : timing.retryPeriodMs;
    await this.#pause(Math.min(pauseMs, this.#timeoutMs()), signal);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    // Rejects only when the signal is aborted, which every caller looks at.
    await sleep(this.#options.clock, ms, signal).catch(() => undefined);
  }

  get #name(): string {
    return describeRef(leaseRef(this.#options.namespace, this.#options.name));
  }
}
