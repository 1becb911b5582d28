/** Where an agent takes its charts from: from flags, and where a flag is absent from the environment. */
import { homedir } from "node:os";
import { join } from "node:path";
import { parseMirror, type ChartMirror, type ChartSettings } from "../deployers/helm/mod.ts";
import { ConfigError } from "./config-error.ts";

const string = { type: "string" } as const;
const strings = { type: "string", multiple: true } as const;

export const chartFlags = {
  "chart-cache": string,
  "chart-folder": string,
  "chart-mirror": strings,
  "chart-digest": strings,
  "chart-ca": string,
  "chart-plain-http": strings,
  "allow-unpinned-charts": { type: "boolean" },
} as const;

type ChartFlags = {
  readonly [flag in keyof typeof chartFlags]?: string | boolean | readonly string[] | undefined;
};

/** @throws ConfigError */
export function chartConfig(flags: ChartFlags, env: NodeJS.ProcessEnv): ChartSettings {
  const one = (flag: keyof ChartFlags, variable: string): string | undefined => {
    const value = flags[flag] ?? env[variable];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const many = (flag: keyof ChartFlags, variable: string): readonly string[] => {
    const given = flags[flag];
    const all = Array.isArray(given) ? given : (env[variable] ?? "").split(",");
    return all.map((each: string) => each.trim()).filter((each) => each !== "");
  };
  const folder = one("chart-folder", "PORTOLAN_CHART_FOLDER");
  const caFile = one("chart-ca", "PORTOLAN_CHART_CA");
  return {
    cache:
      one("chart-cache", "PORTOLAN_CHART_CACHE") ??
      join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache"), "portolan-agent"),
    ...(folder === undefined ? {} : { folder }),
    mirrors: many("chart-mirror", "PORTOLAN_CHART_MIRRORS").map(mirror),
    digests: new Map(many("chart-digest", "PORTOLAN_CHART_DIGESTS").map(digest)),
    plainHttp: many("chart-plain-http", "PORTOLAN_CHART_PLAIN_HTTP"),
    allowUnpinned: String(flags["allow-unpinned-charts"] ?? env["PORTOLAN_ALLOW_UNPINNED_CHARTS"]) === "true",
    ...(caFile === undefined ? {} : { caFile }),
  };
}

function mirror(text: string): ChartMirror {
  const found = parseMirror(text);
  if (found === undefined) throw new ConfigError(`expected FROM=TO in --chart-mirror, found ${JSON.stringify(text)}`);
  return found;
}

function digest(text: string): readonly [string, string] {
  const [, chart, sum] = /^(.+@[^@=]+)=(sha256:[0-9a-f]{64})$/u.exec(text) ?? [];
  if (chart === undefined || sum === undefined) {
    throw new ConfigError(`expected CHART@VERSION=sha256:… with 64 hexadecimal digits in --chart-digest, found ${JSON.stringify(text)}`);
  }
  return [chart, sum];
}
