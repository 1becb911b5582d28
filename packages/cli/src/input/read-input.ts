import { readFile } from "node:fs/promises";
import { isJsonObject, toJson, UntrustedJsonError, type Json, type JsonObject } from "@portolan/shared/json";
import { parseDocument, YAMLParseError } from "yaml";
import { CliError } from "../errors/mod.ts";
import type { Console } from "../output/mod.ts";

const STDIN = "-";

/**
 * What a file holds, as YAML or JSON; `-` is stdin.
 *
 * @param what what it is, for messages: `the config`
 * @throws CliError InputUnreadable, InvalidInput
 */
export async function readObject({ stdin }: Pick<Console, "stdin">, file: string, what: string): Promise<JsonObject> {
  const text = file === STDIN ? await readAll(stdin) : await readText(file, what);
  const value = parse(text, `${what} in ${file === STDIN ? "stdin" : file}`);
  if (value === null) {
    return {};
  }
  if (!isJsonObject(value)) {
    throw new CliError(
      "InvalidInput",
      `${what} in ${file === STDIN ? "stdin" : file}: expected an object, found ${Array.isArray(value) ? "a list" : `a ${typeof value}`}`,
    );
  }
  return value;
}

/** @throws CliError InvalidUsage when stdin would have to be read twice */
export function requireOneStdin(files: readonly (string | undefined)[]): void {
  if (files.filter((file) => file === STDIN).length > 1) {
    throw new CliError("InvalidUsage", "stdin can be read once only: one file at most can be -");
  }
}

async function readAll(stdin: Console["stdin"]): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) {
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const found = code === "ENOENT" ? "it does not exist" : code === "EISDIR" ? "it is a folder" : code;
    throw new CliError("InputUnreadable", `${what} cannot be read from ${file}: ${found}`, { cause: error });
  }
}

function parse(text: string, where: string): Json {
  try {
    const document = parseDocument(text, { version: "1.2", prettyErrors: true, logLevel: "silent" });
    const [error] = document.errors;
    if (error !== undefined) {
      throw error;
    }
    return toJson(document.toJS({ maxAliasCount: 100 }));
  } catch (error) {
    // A ReferenceError is the library's answer to too many aliases.
    if (error instanceof YAMLParseError || error instanceof UntrustedJsonError || error instanceof ReferenceError) {
      throw new CliError("InvalidInput", `${where}: ${error.message.split("\n")[0] ?? ""}`, { cause: error });
    }
    throw error;
  }
}
