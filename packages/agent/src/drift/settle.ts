/**
 * What is applied to an object that is there already: the rendered object, without what is left to others. Pure.
 *
 * Server-side apply removes a field that its only owner does not apply any more, or sets it back to its default. So a field that is left alone
 * is neither dropped nor kept as it was rendered: what is applied there is what the manager owns already, with the values that the cluster has.
 * A field that somebody else has changed is owned by them alone, and so is not applied at all.
 */
import type { KubeObject } from "../kube/mod.ts";
import { labels, type DriftIgnoreRule } from "../resources/mod.ts";
import { concededFields } from "./conflict-policy.ts";
import { appliedBy, keyOf, ownedPart, ownershipAt, pathOfPointer, valueAtPath, withValueAt, type FieldPath } from "./field-path.ts";
import { ignoredPointers } from "./ignore-rules.ts";

/** The object to apply over `live`; `rendered` itself when nothing of it is left to others. */
export function settle(rendered: KubeObject, live: KubeObject, manager: string, ignore: readonly DriftIgnoreRule[]): KubeObject {
  const ignored = ignoredPointers(rendered, ignore).flatMap((pointer) => {
    const path = pathOfPointer(pointer, [rendered, live], live.metadata.managedFields);
    return path === undefined || isIdentity(path) ? [] : [path];
  });
  return [...ignored, ...concededFields(live, manager)].reduce((object, path) => leave(object, path, live, manager), rendered);
}

/** The same with what others may have at a path left to them. */
function leave(rendered: KubeObject, path: FieldPath, live: KubeObject, manager: string): KubeObject {
  const value = valueAtPath(live, path);
  const own = ownershipAt(appliedBy(live, manager)?.fieldsV1, path);
  if (own?.of === "place") return placed(rendered, path, ownedPart(value, own.node));
  // To leave a part out of what is owned as one piece would change the piece.
  const isPart = path.some((step) => step.startsWith("i:")) || isInPiece(live, path);
  return placed(rendered, path, isPart ? (value ?? valueAtPath(rendered, path)) : undefined);
}

function isInPiece({ metadata }: KubeObject, path: FieldPath): boolean {
  return (metadata.managedFields ?? []).some(({ fieldsV1 }) => ownershipAt(fieldsV1, path)?.of === "piece");
}

function placed(object: KubeObject, path: FieldPath, value: unknown): KubeObject {
  // No path leads to what makes it an object of its kind, see isIdentity.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return withValueAt(object, path, value) as KubeObject;
}

const identity: ReadonlySet<string> = new Set(["f:apiVersion", "f:kind", "f:metadata"]);
const foundBy: ReadonlySet<string> = new Set(["f:name", "f:namespace", "f:labels"]);
const ownLabels: ReadonlySet<string> = new Set([labels.partOf, labels.instance].map((label) => `f:${label}`));

/** What an object is found by, and the key of an item, are nobody's to change. */
function isIdentity(path: FieldPath): boolean {
  const [first = "", second = "", third = ""] = path;
  if (path.length === 1) return identity.has(first);
  if (first === "f:metadata") {
    return path.length === 2 ? foundBy.has(second) : second === "f:labels" && ownLabels.has(third);
  }
  const field = path.at(-1)?.slice(2) ?? "";
  return Object.hasOwn(keyOf(path.at(-2) ?? "") ?? {}, field);
}
