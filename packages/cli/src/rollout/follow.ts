import { HubProblem, isPassing, readToldRollout, watchHub, type HubClient, type Rollout, type RolloutSummary } from "../client/mod.ts";
import { CliError } from "../errors/mod.ts";

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onLost: (why: string) => void;
  readonly onFound: () => void;
  readonly now: () => number;
  /** Ends the following. */
  readonly isOver: (rollout: Rollout) => boolean;
}

/** The targets of a rollout that is told without them are asked for no more often. */
const REFRESH_MS = 500;

/**
 * The rollout, again and again, as it changes, until it is over or the signal is aborted. Connections that are lost are made anew.
 *
 * @throws CliError RolloutForgotten
 */
export async function* followRollout(client: HubClient, first: Rollout, options: FollowOptions): AsyncGenerator<Rollout, void, undefined> {
  yield first;
  if (options.isOver(first)) {
    return;
  }
  const follower = new Follower(client, first, options.now);
  const path = `/v1/watch?${new URLSearchParams({ kinds: "rollouts", service: first.spec.service }).toString()}`;
  for await (const { type, data } of watchHub(client, path, options)) {
    const next = await follower.hear(type, data);
    if (next !== undefined) {
      yield next;
      if (options.isOver(next)) {
        return;
      }
    }
  }
}

export function hasEnded({ finishedAt }: Pick<Rollout, "finishedAt">): boolean {
  return finishedAt !== undefined;
}

/** Makes of what the stream says what is known of one rollout. */
class Follower {
  readonly #client: HubClient;
  readonly #now: () => number;
  #known: Rollout;
  #refreshedAtMs: number;
  /** The hub has begun anew and has not named the rollout since. */
  #missing = false;

  constructor(client: HubClient, first: Rollout, now: () => number) {
    this.#client = client;
    this.#now = now;
    this.#known = first;
    this.#refreshedAtMs = now();
  }

  /** The rollout when something about it is new. */
  async hear(type: string, data: string): Promise<Rollout | undefined> {
    switch (type) {
      case "reset":
        // Another process, or too long ago: what it still knows follows, up to the bookmark.
        this.#missing = true;
        return undefined;
      case "bookmark":
        return this.#missing ? await this.#ask() : undefined;
      case "rollout":
        return await this.#hearRollout(data);
      default:
        return undefined;
    }
  }

  async #hearRollout(data: string): Promise<Rollout | undefined> {
    const told = readToldRollout(data);
    const { name } = told.type === "Deleted" ? told : told.rollout;
    if (name !== this.#known.name) {
      return undefined;
    }
    switch (told.type) {
      case "Deleted":
        throw forgotten(name);
      case "Whole":
        return this.#learn(told.rollout);
      case "Summary":
        return await this.#hearSummary(told.rollout);
    }
  }

  async #hearSummary(summary: RolloutSummary): Promise<Rollout | undefined> {
    if (hasEnded(summary) || this.#now() - this.#refreshedAtMs >= REFRESH_MS) {
      return await this.#ask();
    }
    return this.#learn({ ...summary, targets: this.#known.targets });
  }

  /** Undefined when the hub cannot say now: it is asked again at the next bookmark. */
  async #ask(): Promise<Rollout | undefined> {
    const { name } = this.#known;
    this.#missing = true;
    this.#refreshedAtMs = this.#now();
    try {
      return this.#learn(await this.#client.rollout(name));
    } catch (error) {
      if (error instanceof HubProblem && error.code === "UnknownRollout") {
        // A hub that has just started knows its rollouts a moment later than it answers.
        if (await this.#client.ready()) {
          throw forgotten(name);
        }
        return undefined;
      }
      if (!isPassing(error)) {
        throw error;
      }
      return undefined;
    }
  }

  #learn(rollout: Rollout): Rollout {
    this.#missing = false;
    this.#known = rollout;
    return rollout;
  }
}

function forgotten(name: string): CliError {
  return new CliError("RolloutForgotten", `the hub does not know the rollout ${name} any more`, {
    hint: "what was sent to clusters is theirs to finish; look at them with: portolan get instances",
  });
}
