import { ClientReason, KubeError } from "./errors.ts";
import type { KubeList } from "./client-options.ts";
import type { KindRef, KubeObject } from "./object.ts";
import { asObjectOf, isRecord, stringField } from "./parse.ts";

/** @throws KubeError MalformedResponse */
export function objectFromAnswer(answer: unknown, kind: KindRef, description: string): KubeObject {
  const object = asObjectOf(kind, answer);
  if (object === undefined) throw malformed(description, "an object");
  return object;
}

export interface KubeListPage extends KubeList {
  /** The token of the next page. */
  readonly next: string | undefined;
}

/** @throws KubeError MalformedResponse */
export function pageFromAnswer(answer: unknown, kind: KindRef, description: string): KubeListPage {
  const listed: unknown = isRecord(answer) ? answer["items"] : undefined;
  const metadata = isRecord(answer) ? answer["metadata"] : undefined;
  const resourceVersion = stringField(metadata, "resourceVersion");
  // Go writes an empty list as null.
  if (resourceVersion === undefined || !(Array.isArray(listed) || listed === null)) throw malformed(description, "a list");
  const items = (listed ?? []).map((item: unknown) => objectFromAnswer(item, kind, description));
  const next = stringField(metadata, "continue");
  return { items, resourceVersion, next: next === "" ? undefined : next };
}

/** @throws KubeError MalformedResponse */
export function gitVersionFromAnswer(answer: unknown, description: string): string {
  const gitVersion = stringField(answer, "gitVersion");
  if (gitVersion === undefined) throw malformed(description, "a gitVersion");
  return gitVersion;
}

/** @throws KubeError MalformedResponse */
export function groupVersionsFromAnswer(answer: unknown, description: string): ReadonlySet<string> {
  const groups: unknown = isRecord(answer) ? answer["groups"] : undefined;
  if (!Array.isArray(groups)) throw malformed(description, "an APIGroupList");
  const versions = groups.flatMap((group: unknown): unknown[] =>
    isRecord(group) && Array.isArray(group["versions"]) ? group["versions"] : [],
  );
  return new Set(versions.map((version) => stringField(version, "groupVersion")).filter((version) => version !== undefined));
}

function malformed(description: string, expected: string): KubeError {
  const detail = `expected ${expected}, found something else`;
  return new KubeError({ status: 200, reason: ClientReason.MalformedResponse, request: description, detail });
}
