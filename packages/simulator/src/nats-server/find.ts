import { join } from "node:path";
import { cacheFolder, findOnPath, isExecutable, runCommand, type Attempt } from "../program-cache/mod.ts";
import { describeRequirement, isAcceptable, NATS_SERVER_VERSION, parseVersionOutput } from "./versions.ts";

const VERSION_TIMEOUT_MS = 10_000;

export interface FoundNatsServer {
  readonly binary: string;
  readonly version: string;
  /** Where it was found: "NATS_SERVER", "PATH", or a folder of the cache. */
  readonly place: string;
}

export type NatsServerSearch =
  | { readonly found: FoundNatsServer; readonly attempts: readonly Attempt[] }
  | { readonly found: undefined; readonly attempts: readonly Attempt[]; readonly final: boolean };

export interface NatsServerRequest {
  /** This very version, for a compatibility run. Without it any that is new enough. */
  readonly version?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** The folder in which this project keeps the nats-server of one version. */
export function natsServerFolder(version: string, env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), "nats-server", version);
}

/** The folder for the server out of the system's Debian package, of whatever version that is. */
export function debianNatsServerFolder(env: NodeJS.ProcessEnv): string {
  return natsServerFolder("debian", env);
}

/**
 * Looks for a nats-server: NATS_SERVER, PATH, the cache. A NATS_SERVER that cannot serve ends the search
 * (`final`): who sets it wants that one, and would not notice that another one ran. Only the run of a
 * requested version passes over it.
 */
export async function findNatsServer(request: NatsServerRequest = {}): Promise<NatsServerSearch> {
  const { version, env = process.env } = request;
  const attempts: Attempt[] = [];
  for (const { place, locate, absent } of places(version, env)) {
    // In their order, and no further than needed.
    const binary = await locate();
    if (binary === undefined) {
      attempts.push({ place, outcome: absent });
      continue;
    }
    const outcome = await inspectNatsServer({ place, binary }, version);
    if (typeof outcome !== "string") {
      return { found: outcome, attempts };
    }
    attempts.push({ place: `${place} (${binary})`, outcome });
    if (place === CHOSEN && version === undefined) {
      return { found: undefined, attempts, final: true };
    }
  }
  return { found: undefined, attempts, final: false };
}

const CHOSEN = "NATS_SERVER";

interface Place {
  readonly place: string;
  readonly locate: () => Promise<string | undefined>;
  /** The outcome when it locates nothing. */
  readonly absent: string;
}

function places(version: string | undefined, env: NodeJS.ProcessEnv): readonly Place[] {
  const cached = (folder: string): Place => ({
    place: `cache ${folder}`,
    locate: async () => {
      const binary = join(folder, "nats-server");
      return (await isExecutable(binary)) ? binary : undefined;
    },
    absent: "nothing installed there",
  });
  return [
    {
      place: CHOSEN,
      // Not checked here: a chosen one that cannot be run is an outcome of its own.
      locate: async () => (env[CHOSEN] === "" ? undefined : env[CHOSEN]),
      absent: "not set",
    },
    {
      place: "PATH",
      locate: () => findOnPath("nats-server", env),
      absent: "no nats-server in any of its folders",
    },
    cached(natsServerFolder(version ?? NATS_SERVER_VERSION, env)),
    cached(debianNatsServerFolder(env)),
  ];
}

/** The server, or why this candidate is none. */
export async function inspectNatsServer(
  { place, binary }: Pick<FoundNatsServer, "place" | "binary">,
  requested: string | undefined,
): Promise<FoundNatsServer | string> {
  if (!(await isExecutable(binary))) {
    return "there is no program that could be run";
  }
  const { code, stdout } = await runCommand(binary, ["--version"], {
    timeoutMs: VERSION_TIMEOUT_MS,
  });
  const version = code === 0 ? parseVersionOutput(stdout) : undefined;
  if (version === undefined) {
    return `is no nats-server: "--version" ended with ${code} and printed no version`;
  }
  return isAcceptable(version, requested) ? { binary, version, place } : `is version ${version}; ${describeRequirement(requested)}`;
}
