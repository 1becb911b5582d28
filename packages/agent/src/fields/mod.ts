/** Reads fields out of objects whose kinds have no types here: what is not there, or is of another type, is absent. Pure. */
import { isUtf8 } from "node:buffer";

export type Fields = Readonly<Record<string, unknown>>;

const none: Fields = {};

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All members of both, objects of one name put together; of other values of one name the second one's. */
export function union(some: Fields, others: Fields): Fields {
  const merged = Object.entries(others).map(([name, value]) => {
    const before = some[name];
    return [name, isFields(before) && isFields(value) ? union(before, value) : value] as const;
  });
  return { ...some, ...Object.fromEntries(merged) };
}

/** The value at a path of field names. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let found: unknown = value;
  for (const name of path) found = isFields(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found;
}

/** The object at a path; empty when there is none. */
export function fieldsAt(value: unknown, ...path: readonly string[]): Fields {
  const found = valueAt(value, ...path);
  return isFields(found) ? found : none;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "number" ? found : undefined;
}

export function stringAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** The texts at a path: entries that are none are left out. */
export function stringsAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const entries = Object.entries(fieldsAt(value, ...path)).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(entries);
}

/** The texts in a Secret, decoded. Keys that hold other bytes are left out: as a text they would be other bytes than those. */
export function secretData(secret: unknown): Readonly<Record<string, string>> {
  const texts = secretBytes(secret).filter(([, bytes]) => isUtf8(bytes));
  return Object.fromEntries(texts.map(([key, bytes]) => [key, bytes.toString("utf8")]));
}

/** The keys of a Secret that hold bytes which are no UTF-8 text. */
export function binaryKeys(secret: unknown): readonly string[] {
  return secretBytes(secret).flatMap(([key, bytes]) => (isUtf8(bytes) ? [] : [key]));
}

function secretBytes(secret: unknown): readonly (readonly [key: string, bytes: Buffer])[] {
  return Object.entries(stringsAt(secret, "data")).map(([key, value]) => [key, Buffer.from(value, "base64")]);
}

/** A condition in `status.conditions`, as every kind has them. */
export function conditionOf(
  object: unknown,
  type: string,
): { readonly status: string; readonly reason: string; readonly message: string } | undefined {
  const found = listAt(object, "status", "conditions").find((condition) => valueAt(condition, "type") === type);
  if (found === undefined) return undefined;
  return { status: stringAt(found, "status") ?? "", reason: stringAt(found, "reason") ?? "", message: stringAt(found, "message") ?? "" };
}
