import type { Command } from "commander";
import type { HubClient } from "../client/mod.ts";
import { configPath, readConfig, serverFor } from "../config/mod.ts";
import { printable, type Console } from "../output/mod.ts";
import { candidatesFor, type Asked, type Candidate, type NamedKind } from "./candidates.ts";

/** A person waits with a finger on the key. */
const PATIENCE_MS = 1_000;

/** Writes what could stand at the cursor, a line each. Nobody reads an error here: what cannot be looked up is left out. */
export async function answerCompletion(console: Console, program: Command, words: readonly string[]): Promise<void> {
  const { known, asked, prefix = "" } = candidatesFor(program, words);
  const current = (words.at(-1) ?? "").slice(prefix.length);
  const found = asked === undefined ? [] : await lookUp(console, words, asked);
  for (const { word, meaning } of [...known, ...found]) {
    if (word.startsWith(current)) {
      const line = printable(`${prefix}${word}`).replaceAll(/\s/gu, "");
      console.out.write(meaning === undefined ? `${line}\n` : `${line}\t${printable(meaning).replaceAll(/\s+/gu, " ")}\n`);
    }
  }
}

async function lookUp({ env }: Console, words: readonly string[], asked: Asked): Promise<readonly Candidate[]> {
  try {
    if (asked.kind === "contexts") {
      const { contexts } = await readConfig(configPath(env));
      return contexts.map(({ name, server }) => ({ word: name, meaning: server }));
    }
    const { HubClient } = await import("../client/mod.ts");
    const client = new HubClient(await serverFor(choiceIn(words), env), { timeoutMs: PATIENCE_MS });
    return asked.kind === "versions"
      ? unique((await client.versions({ service: asked.service })).map(({ version }) => version))
      : await named(client, asked.kind);
  } catch {
    return [];
  }
}

/** The hub that the line itself names. */
function choiceIn(words: readonly string[]): { readonly server?: string; readonly hubContext?: string } {
  const server = valueOf(words, "--server");
  const hubContext = valueOf(words, "--hub-context");
  return { ...(server === undefined ? {} : { server }), ...(hubContext === undefined ? {} : { hubContext }) };
}

function valueOf(words: readonly string[], option: string): string | undefined {
  const joined = words.find((word) => word.startsWith(`${option}=`));
  const at = words.indexOf(option);
  return joined === undefined ? (at === -1 ? undefined : words[at + 1]) : joined.slice(option.length + 1);
}

async function named(client: HubClient, kind: NamedKind): Promise<readonly Candidate[]> {
  switch (kind) {
    case "clusters":
      return (await client.clusters()).map(({ name }) => ({ word: name }));
    case "namespaces":
      return unique((await client.instances()).map(({ namespace }) => namespace));
    case "services":
      return unique((await client.versions()).map(({ service }) => service));
    case "instances":
      return (await client.instances()).map(({ cluster, namespace, name, service }) => ({
        word: `${cluster}/${namespace}/${name}`,
        meaning: service,
      }));
    case "rollouts":
      return (await client.rollouts()).map(({ name, phase }) => ({ word: name, meaning: phase }));
    case "catalogs":
      return (await client.catalogs()).map(({ name }) => ({ word: name }));
  }
}

function unique(words: readonly string[]): readonly Candidate[] {
  return [...new Set(words)].map((word) => ({ word }));
}
