import { isScalar, parseAllDocuments, visit } from "yaml";
import type { Document } from "yaml";
import { toJson, UntrustedJsonError } from "../json/mod.ts";
import type { Json } from "../json/mod.ts";

/** A YAML text that is refused: its syntax, its size, or what it unfolds to. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  readonly code: "Malformed" | "TooLarge";
  readonly path: string;
  constructor(code: "Malformed" | "TooLarge", message: string, path = "") {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/** What a catalog's file may hold; a published catalog is no larger as a whole. */
export const MAX_FILE_BYTES = 512 * 1024;
/** Aliases (`*name`) that a document may follow; nested ones unfold exponentially. */
const MAX_ALIASES = 100;

/**
 * Reads the documents of a YAML 1.2 text as plain JSON; empty documents are left out.
 * @throws {YamlError}
 */
export function readYaml(text: string): readonly Json[] {
  if (text.length > MAX_FILE_BYTES) throw new YamlError("TooLarge", `more than ${MAX_FILE_BYTES} bytes`);
  // The library's own search for duplicate keys and its pretty errors take time in the square of the text's length.
  const documents = parseAllDocuments(text, { version: "1.2", merge: false, uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new YamlError("Malformed", `${lineOf(text, error.pos[0])}: ${error.message}`);
    refuseDuplicateKeys(document, text);
    const json = plain(document);
    return json === null ? [] : [json];
  });
}

function lineOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return `line ${before.split("\n").length}, column ${offset - before.lastIndexOf("\n")}`;
}

function refuseDuplicateKeys(document: Document, text: string): void {
  visit(document, {
    Map(_key, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          throw new YamlError("Malformed", `${lineOf(text, key.range?.[0] ?? 0)}: the key ${JSON.stringify(key.value)} is there twice`);
        }
        seen.add(key.value);
      }
    },
  });
}

function plain(document: Document): Json {
  try {
    return toJson(document.toJS({ maxAliasCount: MAX_ALIASES }));
  } catch (error) {
    if (error instanceof UntrustedJsonError)
      throw new YamlError(error.code === "TooLarge" ? "TooLarge" : "Malformed", error.message, error.path);
    // The library's answer to alias bombs and to aliases of nothing.
    if (error instanceof ReferenceError) throw new YamlError("Malformed", error.message);
    throw error;
  }
}
