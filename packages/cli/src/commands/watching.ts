import { Option } from "commander";
import { outputOption, seconds } from "./options.ts";

/** Options of the commands that can watch an upgrade. */
export interface WatchingOptions {
  readonly watch?: true;
  /** Seconds. */
  readonly timeout?: number;
  readonly output: "table" | "wide" | "json" | "yaml" | "name";
}

export function watchOption(): Option {
  return new Option("-w, --watch", "show how it goes on until it has ended; Ctrl-C ends the watching alone");
}

export function timeoutOption(): Option {
  return new Option("--timeout <duration>", "watch no longer than that (exit code 3); the upgrade goes on")
    .argParser(seconds)
    .implies({ watch: true });
}

export function outcomeOption(): Option {
  return outputOption(["table", "wide", "json", "yaml", "name"]);
}
