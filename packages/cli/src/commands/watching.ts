import { Option } from "commander";
import { outputOption, seconds } from "./options.ts";

/** Options of the commands that can watch a rollout. */
export interface WatchingOptions {
  readonly watch?: true;
  /** Seconds. */
  readonly timeout?: number;
  /** Why something is asked for. */
  readonly reason?: string;
  readonly output: "table" | "wide" | "json" | "yaml" | "name";
}

export function watchOption(): Option {
  return new Option("-w, --watch", "show how it goes on until it has ended or somebody has to decide; Ctrl-C ends the watching alone");
}

export function timeoutOption(): Option {
  return new Option("--timeout <duration>", "watch no longer than that (exit code 3); the rollout goes on")
    .argParser(seconds)
    .implies({ watch: true });
}

export function reasonOption(): Option {
  return new Option("--reason <text>", "why, for those who look at it later");
}

export function outcomeOption(): Option {
  return outputOption(["table", "wide", "json", "yaml", "name"]);
}
