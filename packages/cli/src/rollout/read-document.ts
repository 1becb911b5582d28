import type { RolloutDocument } from "../client/mod.ts";
import { CliError } from "../errors/mod.ts";
import { readObject } from "../input/mod.ts";
import type { Console } from "../output/mod.ts";

/**
 * Reads a rollout's document from a file, or from stdin (`-`): YAML or JSON. What its spec says is for the hub to judge.
 *
 * @throws CliError InputUnreadable, InvalidInput, InvalidDocument
 */
export async function readDocument(console: Pick<Console, "stdin">, file: string): Promise<RolloutDocument> {
  const document: unknown = await readObject(console, file, "the rollout");
  if (!isDocument(document)) {
    throw new CliError("InvalidDocument", `${file} is no rollout: expected apiVersion, kind: Rollout, metadata.name and spec`);
  }
  return "uid" in document ? withoutState(document) : document;
}

/** `portolan get rollout -o yaml` shows the document, and beside it how far it is: that is not applied, as `kubectl` does not apply a status. */
function withoutState({ apiVersion, kind, metadata, spec }: RolloutDocument): RolloutDocument {
  return { apiVersion, kind, metadata, spec };
}

function isDocument(value: unknown): value is RolloutDocument {
  return (
    isObject(value) &&
    typeof value["apiVersion"] === "string" &&
    value["kind"] === "Rollout" &&
    isObject(value["metadata"]) &&
    typeof value["metadata"]["name"] === "string" &&
    isObject(value["spec"])
  );
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
