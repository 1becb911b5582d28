import { badRequest } from "../errors/mod.ts";
import { isJsonObject, type Json } from "../json/mod.ts";
import type { KubeObject } from "../objects/mod.ts";

export type FieldSelector = (object: KubeObject) => boolean;

/** `metadata.name=x,status.phase!=Running`, in the parts that all must hold. */
type Requirement = { readonly path: string; readonly equal: boolean; readonly value: string };

/**
 * Parses a field selector.
 *
 * @param selectable paths that objects of the kind may be selected by, besides name and namespace;
 *   undefined: the kind has no rule of its own
 * @throws ApiError BadRequest for another path
 */
export function parseFieldSelector(text: string, selectable: readonly string[] | undefined): FieldSelector {
  const requirements = text
    .split(/(?<!\\),/)
    .filter((part) => part !== "")
    .map((part) => parseRequirement(part, text));
  for (const { path } of requirements) {
    if (path !== "metadata.name" && path !== "metadata.namespace" && selectable?.includes(path) !== true) {
      throw badRequest(
        selectable === undefined
          ? `${JSON.stringify(path)} is not a known field selector: only "metadata.name", "metadata.namespace"`
          : `field label not supported: ${path}`,
      );
    }
  }
  return (object) => requirements.every(({ path, equal, value }) => (fieldText(object, path) === value) === equal);
}

function parseRequirement(part: string, whole: string): Requirement {
  const match = /^([^=!]+)(==|!=|=)(.*)$/s.exec(part);
  if (match?.[1] === undefined || match[3] === undefined) {
    throw badRequest(`invalid selector: '${whole}'; can't understand '${part}'`);
  }
  return {
    path: match[1],
    equal: match[2] !== "!=",
    value: match[3].replaceAll(/\\([\\,=])/g, "$1"),
  };
}

/** The value at the path as selectors compare it; an absent one is the empty text. */
function fieldText(object: KubeObject, path: string): string {
  let value: Json | undefined = object;
  for (const name of path.split(".")) value = isJsonObject(value) ? value[name] : undefined;
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}
