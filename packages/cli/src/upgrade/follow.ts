import { HubProblem, isPassing, readToldUpgrade, watchHub, type HubClient, type Upgrade, type UpgradeSummary } from "../client/mod.ts";
import { CliError } from "../errors/mod.ts";

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onLost: (why: string) => void;
  readonly onFound: () => void;
  readonly now: () => number;
}

/** The targets of an upgrade that is told without them are asked for no more often. */
const REFRESH_MS = 500;

/**
 * The upgrade, again and again, as it changes, until it has ended or the signal is aborted. Connections that are lost are made anew.
 *
 * @throws CliError UpgradeForgotten
 */
export async function* followUpgrade(client: HubClient, first: Upgrade, options: FollowOptions): AsyncGenerator<Upgrade, void, undefined> {
  yield first;
  if (hasEnded(first)) {
    return;
  }
  const follower = new Follower(client, first, options.now);
  const path = `/v1/watch?${new URLSearchParams({ kinds: "upgrades", service: first.service }).toString()}`;
  for await (const { type, data } of watchHub(client, path, options)) {
    const next = await follower.hear(type, data);
    if (next !== undefined) {
      yield next;
      if (hasEnded(next)) {
        return;
      }
    }
  }
}

export function hasEnded({ finishedAt }: Pick<Upgrade, "finishedAt">): boolean {
  return finishedAt !== undefined;
}

/** Makes of what the stream says what is known of one upgrade. */
class Follower {
  readonly #client: HubClient;
  readonly #now: () => number;
  #known: Upgrade;
  #refreshedAtMs: number;
  /** The hub has begun anew and has not named the upgrade since. */
  #missing = false;

  constructor(client: HubClient, first: Upgrade, now: () => number) {
    this.#client = client;
    this.#now = now;
    this.#known = first;
    this.#refreshedAtMs = now();
  }

  /** The upgrade when something about it is new. */
  async hear(type: string, data: string): Promise<Upgrade | undefined> {
    switch (type) {
      case "reset":
        // Another process, or too long ago: what it still knows follows, up to the bookmark.
        this.#missing = true;
        return undefined;
      case "bookmark":
        return this.#missing ? await this.#ask() : undefined;
      case "upgrade":
        return await this.#hearUpgrade(data);
      default:
        return undefined;
    }
  }

  async #hearUpgrade(data: string): Promise<Upgrade | undefined> {
    const told = readToldUpgrade(data);
    const { id } = told.type === "Deleted" ? told : told.upgrade;
    if (id !== this.#known.id) {
      return undefined;
    }
    switch (told.type) {
      case "Deleted":
        throw forgotten(id);
      case "Whole":
        return this.#learn(told.upgrade);
      case "Summary":
        return await this.#hearSummary(told.upgrade);
    }
  }

  async #hearSummary(summary: UpgradeSummary): Promise<Upgrade | undefined> {
    if (hasEnded(summary) || this.#now() - this.#refreshedAtMs >= REFRESH_MS) {
      return await this.#ask();
    }
    return this.#learn({ ...summary, targets: this.#known.targets });
  }

  /** Undefined when the hub cannot say now: it is asked again at the next bookmark. */
  async #ask(): Promise<Upgrade | undefined> {
    const { id } = this.#known;
    this.#missing = true;
    this.#refreshedAtMs = this.#now();
    try {
      return this.#learn(await this.#client.upgrade(id));
    } catch (error) {
      if (error instanceof HubProblem && error.code === "UnknownUpgrade") {
        // A hub that has just started knows its upgrades a moment later than it answers.
        if (await this.#client.ready()) {
          throw forgotten(id);
        }
        return undefined;
      }
      if (!isPassing(error)) {
        throw error;
      }
      return undefined;
    }
  }

  #learn(upgrade: Upgrade): Upgrade {
    this.#missing = false;
    this.#known = upgrade;
    return upgrade;
  }
}

function forgotten(id: string): CliError {
  return new CliError("UpgradeForgotten", `the hub does not know upgrade ${id} any more`, {
    hint: "what was sent to clusters is theirs to finish; look at them with: portolan get instances",
  });
}
