import type { Command } from "commander";
import type { HubClient, Selector } from "../client/mod.ts";
import type { ServerChoice } from "../config/mod.ts";
import type { ExitCode } from "../errors/mod.ts";
import type { Console } from "../output/mod.ts";

/** Options that stand for all commands. */
export type GlobalOptions = ServerChoice;

/**
 * Adds one command to its parent.
 *
 * @param exitWith ends the process with another code than 0 when the command was carried out and the answer is no
 */
export type AddCommand = (parent: Command, console: Console, exitWith: (code: ExitCode) => void) => void;

/** The client is loaded by the commands that talk to a hub alone: the others start faster. */
export async function hubOf({ env }: Console, options: GlobalOptions): Promise<HubClient> {
  const [{ HubClient }, { serverFor }] = await Promise.all([import("../client/mod.ts"), import("../config/mod.ts")]);
  return new HubClient(await serverFor(options, env));
}

/** Options by which instances are chosen. */
export interface SelectionOptions {
  readonly selector?: string;
  readonly clusters?: readonly string[];
  readonly namespace?: string;
}

export function selectorOf({ selector, clusters, namespace }: SelectionOptions): Selector {
  return {
    ...(clusters === undefined ? {} : { clusters }),
    ...(selector === undefined ? {} : { labels: selector }),
    ...(namespace === undefined ? {} : { namespaces: [namespace] }),
  };
}
