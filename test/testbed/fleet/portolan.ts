/** The `portolan` command as the tests use it: a process of its own for every call, of which the JSON output is read. */
import { runCommand, type CommandResult } from "@portolan/simulator/program-cache";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { eventually } from "./eventually.ts";
import { REPOSITORY } from "./repository.ts";

const CLI = join(REPOSITORY, "packages/cli/src/main.ts");
/** Of one command that ends by itself. */
const COMMAND_TIMEOUT_MS = 120_000;
const WATCH_TIMEOUT = "90s";

const reasonSchema = z.object({ code: z.string(), message: z.string() });
const instanceRef = { cluster: z.string(), namespace: z.string(), name: z.string() };

const rolloutSchema = z.object({
  name: z.string(),
  phase: z.string(),
  targets: z.array(
    z.object({
      ...instanceRef,
      state: z.string(),
      version: z.string().optional(),
      reasons: z.array(reasonSchema),
      check: z.object({ type: z.string(), reasons: z.array(reasonSchema) }).optional(),
    }),
  ),
});

const clusterSchema = z.object({
  name: z.string(),
  state: z.string(),
  inSync: z.boolean(),
  incarnation: z.object({ clusterUid: z.string() }),
  intents: z.array(z.object({ id: z.string() })),
});

const instanceSchema = z.object({
  ...instanceRef,
  service: z.string(),
  version: z.string().optional(),
  ready: z.boolean(),
  availability: z.object({ current: z.boolean(), available: z.number() }).optional(),
});

const versionSchema = z.object({
  service: z.string(),
  version: z.string(),
  installed: z.array(z.object(instanceRef)),
  reachable: z.array(z.object({ ...instanceRef, steps: z.number() })),
});

const fleetPlanSchema = z.object({
  ...instanceRef,
  reachable: z.boolean(),
  steps: z.array(z.object({ from: z.string().nullable(), to: z.string() })),
  planHash: z.string().optional(),
});

export type Rollout = z.infer<typeof rolloutSchema>;
export type FleetCluster = z.infer<typeof clusterSchema>;
export type FleetInstance = z.infer<typeof instanceSchema>;
export type FleetVersion = z.infer<typeof versionSchema>;
export type FleetPlan = z.infer<typeof fleetPlanSchema>;

export interface WatchedRollout {
  /** Exit code of the command. */
  readonly code: number;
  readonly rollout: Rollout;
}

export interface Portolan {
  /** Any command line; a code other than 0 is a result. */
  run(args: readonly string[]): Promise<CommandResult>;
  /** Starts a rollout and does not wait for its end. The arguments are those of `portolan upgrade`. */
  start(args: readonly string[]): Promise<Rollout>;
  /** The same for `portolan downgrade`. */
  startDown(args: readonly string[]): Promise<Rollout>;
  /** Only asks the agents what they would do; exit code 1: some refuse. */
  check(args: readonly string[]): Promise<WatchedRollout>;
  /** Watches a rollout until it has ended. */
  watch(name: string): Promise<WatchedRollout>;
  /** The same, but gives back the command when it has shown the first state: whatever happens then, happens to a command that watches. */
  watching(name: string): Promise<{ readonly ended: Promise<WatchedRollout> }>;
  abort(name: string): Promise<Rollout>;
  clusters(): Promise<readonly FleetCluster[]>;
  instances(args?: readonly string[]): Promise<readonly FleetInstance[]>;
  versions(service: string): Promise<readonly FleetVersion[]>;
  plans(args: readonly string[]): Promise<readonly FleetPlan[]>;
  publish(dir: string, name: string): Promise<void>;
  withdraw(name: string): Promise<void>;
  /** Waits until the hub shows exactly these clusters as online, and knows everything that their agents have to say. */
  untilInSync(clusters: readonly string[]): Promise<void>;
}

/** portolan has ended with another code than was expected. */
export class PortolanFailed extends Error {
  readonly code = "PORTOLAN_FAILED";

  constructor(args: readonly string[], { code, stdout, stderr }: CommandResult) {
    super(`portolan ${args.join(" ")} ended with ${code}:\n${stderr.trim()}\n${stdout.trim()}`);
    this.name = "PortolanFailed";
  }
}

/** The command for one hub. */
export function portolan(server: string): Portolan {
  const env = { PORTOLAN_SERVER: server, NO_COLOR: "1" };
  const run = (args: readonly string[]): Promise<CommandResult> =>
    runCommand(process.execPath, [CLI, ...args], { env, timeoutMs: COMMAND_TIMEOUT_MS });

  const must = async (args: readonly string[], codes: readonly number[] = [0]): Promise<CommandResult> => {
    const result = await run(args);
    if (!codes.includes(result.code)) {
      throw new PortolanFailed(args, result);
    }
    return result;
  };
  const read = async <T>(schema: z.ZodType<T>, args: readonly string[], codes?: readonly number[]): Promise<T> =>
    schema.parse(JSON.parse((await must([...args, "--output=json"], codes)).stdout));
  const list = async <T>(schema: z.ZodType<T>, args: readonly string[], codes?: readonly number[]): Promise<readonly T[]> =>
    (await read(z.object({ items: z.array(schema) }), args, codes)).items;

  const clusters = (): Promise<readonly FleetCluster[]> => list(clusterSchema, ["get", "clusters"]);
  return {
    run,
    start: (args) => read(rolloutSchema, ["upgrade", ...args]),
    startDown: (args) => read(rolloutSchema, ["downgrade", ...args]),
    check: async (args) => watched(await must(["upgrade", ...args, "--dry-run", "--output=json"], [0, 1])),
    watch: async (name) => watched(await must(watchArguments(name), [0, 1])),
    watching: async (name) => {
      const child = spawn(process.execPath, [CLI, ...watchArguments(name)], {
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
        timeout: COMMAND_TIMEOUT_MS,
      });
      const output = Promise.all([once(child, "exit"), text(child.stdout)]);
      // Progress goes there, a line for each change.
      const progress = createInterface({ input: child.stderr });
      const [shown = ""] = await Promise.race([once(progress, "line"), once(progress, "close")]);
      return {
        ended: output.then(([[code], stdout]) => {
          const result = { code: Number(code), stdout, stderr: String(shown) };
          if (stdout === "") {
            throw new PortolanFailed(watchArguments(name), result);
          }
          return watched(result);
        }),
      };
    },
    abort: (name) => read(rolloutSchema, ["rollout", "abort", name]),
    clusters,
    instances: (args = []) => list(instanceSchema, ["get", "instances", ...args]),
    versions: (service) => list(versionSchema, ["get", "versions", service]),
    // 1 when an instance cannot reach the version.
    plans: async (args) => {
      const { stdout } = await must(["plan", ...args, "--output=json"], [0, 1]);
      // What no agent has told the hub of yet is an error, and no list.
      return stdout === "" ? [] : z.object({ items: z.array(fleetPlanSchema) }).parse(JSON.parse(stdout)).items;
    },
    publish: async (dir, name) => {
      await must(["catalog", "publish", dir, `--name=${name}`]);
    },
    withdraw: async (name) => {
      await must(["catalog", "withdraw", name]);
    },
    untilInSync: async (names) => {
      await eventually(`the hub knows all that ${names.join(" and ")} have to say`, clusters, (found) => {
        const online = found.filter(({ state, inSync }) => state === "Online" && inSync);
        return online.length === found.length && online.map(({ name }) => name).join() === names.toSorted().join();
      });
    },
  };
}

function watchArguments(name: string): readonly string[] {
  return ["rollout", "watch", name, `--timeout=${WATCH_TIMEOUT}`, "--output=json"];
}

function watched({ code, stdout }: CommandResult): WatchedRollout {
  return { code, rollout: rolloutSchema.parse(JSON.parse(stdout)) };
}
