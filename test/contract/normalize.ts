import type { Symbols } from "./symbols.ts";

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;
/** How old something is, in the cell of a table. */
const AGE = /^\d+[smhdy](?:\d+[smhd])?$/;
const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UID_ANYWHERE = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * An answer without what differs from run to run: uids and resourceVersions become symbols, times
 * `<time>`, and what Kubernetes lists in no order (causes, managers of the same second) is sorted.
 */
export function normalize(value: unknown, symbols: Symbols, ignore: readonly string[] = []): Json {
  const kept = ignore.reduce<unknown>((rest, path) => without(rest, path.split(".")), value);
  return rewrite(ordered(kept), symbols, [], isList(kept));
}

/** A list's own resourceVersion is the cluster's, which other clients move. */
function isList(value: unknown): boolean {
  return isObject(value) && "items" in value;
}

function without(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => without(item, path));
  if (!isObject(value)) return value;
  if (rest.length === 0) return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, key === name ? without(member, rest) : member]));
}

/** Managers of one second are sorted by name, causes come from Go maps, conditions in the order in which controllers first wrote them. */
const UNORDERED: ReadonlySet<string> = new Set(["managedFields", "causes", "conditions"]);

function sortKey(entry: unknown): string {
  if (!isObject(entry)) return JSON.stringify(entry);
  const names = ["type", "operation", "manager", "apiVersion", "subresource", "field", "reason", "message"];
  return JSON.stringify(names.map((name) => entry[name] ?? ""));
}

/** Sorted where the order means nothing. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, member]): [string, unknown] => {
    const inner = ordered(member);
    return [key, UNORDERED.has(key) && Array.isArray(inner) ? inner.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)) : inner];
  });
  return withOrderedMessage(Object.fromEntries(entries));
}

/** The message of a Status repeats its causes, in the order of a Go map. */
function withOrderedMessage(value: Record<string, unknown>): Record<string, unknown> {
  const details = value["details"];
  const causes = isObject(details) ? details["causes"] : undefined;
  const message = value["message"];
  if (value["kind"] !== "Status" || !Array.isArray(causes) || causes.length < 2 || typeof message !== "string") return value;
  return { ...value, message: message.replace(/\[.*\]$/s, "[<causes>]") };
}

function rewrite(value: unknown, symbols: Symbols, path: readonly string[], inList: boolean): Json {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, symbols, [...path, "*"], inList));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.keys(value)
        .toSorted()
        .map((key) => [rewriteText(key, symbols), rewrite(value[key], symbols, [...path, key], inList)]),
    );
  }
  if (typeof value === "string") return rewriteString(value, symbols, path, inList);
  return typeof value === "number" || typeof value === "boolean" ? value : null;
}

function rewriteString(value: string, symbols: Symbols, path: readonly string[], inList: boolean): string {
  if (TIME.test(value)) return "<time>";
  if (path.at(-2) === "cells" && AGE.test(value)) return "<age>";
  if (path.at(-1) === "resourceVersion" && path.at(-2) === "metadata") {
    return inList && path.length === 2 ? "<rv>" : symbols.resourceVersion(value);
  }
  if (path.at(-1) === "continue") return "<continue>";
  if (UID.test(value)) return symbols.uid(value);
  return rewriteText(value, symbols);
}

function rewriteText(value: string, symbols: Symbols): string {
  const known = value.replaceAll(UID_ANYWHERE, (uid) => symbols.uid(uid));
  // Where etcd keeps an object stands in one message.
  return symbols.hide(known.replaceAll(/ Key: [^\s,]+,/g, " Key: <key>,"));
}
