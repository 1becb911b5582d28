/** The hub as a process of its own, and a client of its stream of changes. */
import { program, type Program } from "../../test/testbed/fleet/program.ts";
import { REPOSITORY } from "../../test/testbed/fleet/repository.ts";
import { generateKeyPair } from "@portolan/shared/signing";
import { freePort } from "@portolan/simulator/server-process";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface BenchHub {
  readonly url: string;
  readonly publicKey: string;
  readonly process: Program;
}

export async function benchHub(natsUrl: string, dir: string): Promise<BenchHub> {
  const { privateKeyPem, publicKey } = generateKeyPair();
  const keyFile = join(dir, "hub.pem");
  await writeFile(keyFile, privateKeyPem, { mode: 0o600 });
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const process = program({
    name: "hub",
    main: join(REPOSITORY, "packages/hub/src/main.ts"),
    args: ["--nats", natsUrl, "--listen", listen, "--signing-key", keyFile, "--log-level", "warn"],
    logFile: join(dir, "hub.log"),
    readyUrl: `${url}/readyz`,
  });
  return { url, publicKey, process };
}

/** What a message of `/v1/watch` says, as far as a bench looks at it. */
export interface Told {
  readonly kind: string;
  readonly data: {
    readonly cluster?: string;
    readonly name?: string;
    readonly phase?: string;
    readonly message?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly version?: string;
    readonly ready?: boolean;
  };
}

/** Follows `/v1/watch` and lets a caller wait for a message, with the time at which it arrived. */
export class Watcher {
  readonly #waiting = new Set<(told: Told) => void>();
  readonly #ended = new AbortController();

  /** Resolves when the state so far was told: what comes afterwards is heard as it happens. */
  async open(url: string): Promise<void> {
    const caughtUp = this.next(({ kind }) => kind === "bookmark");
    void this.#follow(url);
    await caughtUp;
  }

  /** The time (performance.now) at which the first message that fits arrives from now on. */
  async next(fits: (told: Told) => boolean): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const look = (told: Told): void => {
      if (!fits(told)) return;
      this.#waiting.delete(look);
      resolve(performance.now());
    };
    this.#waiting.add(look);
    return await promise;
  }

  end(): void {
    this.#ended.abort();
  }

  async #follow(url: string): Promise<void> {
    try {
      const response = await fetch(`${url}/v1/watch?kinds=clusters,instances,rollouts`, { signal: this.#ended.signal });
      if (response.body === null) throw new Error("the hub gives no stream");
      const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const { event = "", data } of events) {
        // The hub's own words, by its OpenAPI document.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        const told = { kind: event, data: JSON.parse(data) as Told["data"] };
        for (const look of this.#waiting) look(told);
      }
    } catch (error) {
      if (!this.#ended.signal.aborted) throw error;
    }
  }
}

export interface RolloutGoal {
  readonly clusters: readonly string[];
  readonly action: "upgrade" | "downgrade";
  readonly service: string;
  readonly version: string;
  readonly waves?: readonly object[];
}

/** Makes a rollout, and gives its name and what its check came to. */
export async function checkRollout(
  url: string,
  { clusters, ...spec }: RolloutGoal,
): Promise<{ readonly name: string; readonly hash: string }> {
  const name = `bench-${(rollouts += 1)}`;
  const metadata = { name };
  const document = { apiVersion: "portolan.dev/v1alpha1", kind: "Rollout", metadata, spec: { ...spec, selector: { clusters } } };
  let { checkHash } = await askRollout(url, "PUT", name, document);
  while (checkHash === undefined) {
    await sleep(5);
    ({ checkHash } = await askRollout(url, "GET", name));
  }
  return { name, hash: checkHash };
}

/** Starts a rollout and gives its name. */
export async function startRollout(url: string, goal: RolloutGoal): Promise<string> {
  const { name, hash } = await checkRollout(url, goal);
  await askRollout(url, "POST", `${name}/start`, { hash });
  return name;
}

export async function askRollout(url: string, method: string, path: string, body?: object): Promise<{ readonly checkHash?: string }> {
  const response = await fetch(`${url}/v1/rollouts/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`the hub refused ${method} ${path}: ${await response.text()}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (await response.json()) as { readonly checkHash?: string };
}

let rollouts = 0;
