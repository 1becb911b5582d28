/**
 * Checks of single fields, the same for both directions: what an encoder lets out, a decoder lets in.
 *
 * In proto3 an absent text and an empty one look the same; the domain types say "absent". Hence the three kinds of text below.
 */
import { WireError } from "./errors.ts";
import type { WireProblem } from "./errors.ts";
import { TEXT_LIMITS } from "./limits.ts";

/** A text that may be empty. */
export function text(value: string | null | undefined, field: string, limit: number): string {
  const found = value ?? "";
  if (found.length > limit) {
    throw new WireError("TooLarge", field, `${found.length} characters, at most ${limit} are allowed`);
  }
  return found;
}

/** A text that must not be empty. */
export function requiredText(value: string | null | undefined, field: string, limit: number): string {
  const found = text(value, field, limit);
  if (found === "") throw new WireError("MissingField", field, "must not be empty");
  return found;
}

/** An object with the text under `key`, or without it when it is empty: to be spread. */
export function optionalText<Key extends string>(
  key: Key,
  value: string | null | undefined,
  limit: number,
): { readonly [K in Key]?: string };
export function optionalText(key: string, value: string | null | undefined, limit: number): { [key: string]: string } {
  const found = text(value, key, limit);
  return found === "" ? {} : { [key]: found };
}

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** RFC 1123 label: what names of clusters, namespaces and services are. */
export function isDnsLabel(value: string): boolean {
  return value.length <= TEXT_LIMITS.label && DNS_LABEL.test(value);
}

/** RFC 1123 subdomain: what names of most Kubernetes objects are. */
export function isDnsSubdomain(value: string): boolean {
  return value.length <= TEXT_LIMITS.name && DNS_SUBDOMAIN.test(value);
}

export function dnsLabel(value: string | null | undefined, field: string): string {
  const found = requiredText(value, field, TEXT_LIMITS.label);
  if (!DNS_LABEL.test(found)) {
    throw new WireError("InvalidField", field, `${JSON.stringify(found)} is not a DNS label (a-z, 0-9, "-", 1 to 63 characters)`);
  }
  return found;
}

export function dnsSubdomain(value: string | null | undefined, field: string): string {
  const found = requiredText(value, field, TEXT_LIMITS.name);
  if (!DNS_SUBDOMAIN.test(found)) {
    throw new WireError(
      "InvalidField",
      field,
      `${JSON.stringify(found)} is not a DNS subdomain (labels of a-z, 0-9, "-", separated by ".", 1 to 253 characters)`,
    );
  }
  return found;
}

/** A whole number from 0 on that JavaScript can hold exactly. */
export function integer(value: number | null | undefined, field: string): number {
  const found = value ?? 0;
  if (!Number.isSafeInteger(found) || found < 0) {
    throw new WireError("Malformed", field, `${found} is not an integer from 0 to 2^53 - 1`);
  }
  return found;
}

const MAX_UINT32 = 0xffff_ffff;

export function uint32(value: number | null | undefined, field: string): number {
  const found = integer(value, field);
  if (found > MAX_UINT32) throw new WireError("Malformed", field, `${found} is more than 2^32 - 1`);
  return found;
}

/** A message inside a message that must be there. */
export function required<T>(value: T | null | undefined, field: string): T {
  if (value === null || value === undefined) throw new WireError("MissingField", field, "must be there");
  return value;
}

/** Runs `convert` for a message inside a message, so that errors name the whole way. */
export function nested<In, Out>(value: In, field: string, convert: (value: In) => Out): Out {
  try {
    return convert(value);
  } catch (error) {
    throw error instanceof WireError ? error.within(field) : error;
  }
}

/** Every item converted; one that is wrong makes the whole list wrong. */
export function list<In, Out>(values: readonly In[] | null | undefined, field: string, limit: number, convert: (value: In) => Out): Out[] {
  return bounded(values, field, limit).map((value, index) => nested(value, `${field}[${index}]`, convert));
}

/** Every item that can be converted; the others go to `problems`. */
export function tolerantList<In, Out>(
  values: readonly In[] | null | undefined,
  field: string,
  limit: number,
  problems: WireProblem[],
  nameOf: (value: In) => string | null | undefined,
  convert: (value: In) => Out,
): Out[] {
  const converted: Out[] = [];
  for (const [index, value] of bounded(values, field, limit).entries()) {
    tolerate(`${field}[${index}]`, problems, nameOf(value), () => {
      converted.push(convert(value));
    });
  }
  return converted;
}

/** Runs `convert`; a WireError becomes a problem of the item `name` instead. */
export function tolerate<Out>(
  field: string,
  problems: WireProblem[],
  name: string | null | undefined,
  convert: () => Out,
): Out | undefined {
  try {
    return convert();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const inside = error.within(field);
    const item = name?.slice(0, TEXT_LIMITS.token) ?? "";
    problems.push({ code: inside.code, field: inside.field, message: inside.message, ...(item === "" ? {} : { item }) });
    return undefined;
  }
}

function bounded<T>(values: readonly T[] | null | undefined, field: string, limit: number): readonly T[] {
  const found = values ?? [];
  if (found.length > limit) throw new WireError("TooLarge", field, `${found.length} items, at most ${limit} are allowed`);
  return found;
}

/** Kubernetes style labels. Sorted by key, so that equal labels give equal bytes. */
export function labels(
  value: { readonly [key: string]: string } | null | undefined,
  field: string,
  limit: number,
): { [key: string]: string } {
  const entries = bounded(Object.entries(value ?? {}), field, limit).map(([key, found]): [string, string] => [
    requiredText(key, `${field} key`, TEXT_LIMITS.labelKey),
    text(found, `${field}[${JSON.stringify(key)}]`, TEXT_LIMITS.labelValue),
  ]);
  // fromEntries defines own properties, also for a key like "__proto__".
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

const HEX_DIGEST = /^[0-9a-f]{64}$/;
const DIGEST_BYTES = 32;

/** Lower-case hex of 32 bytes → the bytes. */
export function digestBytes(hex: string, field: string): Uint8Array {
  if (!HEX_DIGEST.test(hex)) throw new WireError("InvalidField", field, "must be a SHA-256 as 64 lower-case hex digits");
  return Buffer.from(hex, "hex");
}

/** 32 bytes → lower-case hex. */
export function digestHex(bytes: Uint8Array | null | undefined, field: string): string {
  const found = required(bytes, field);
  if (found.length !== DIGEST_BYTES) {
    throw new WireError("InvalidField", field, `must be ${DIGEST_BYTES} bytes, found ${found.length}`);
  }
  return Buffer.from(found.buffer, found.byteOffset, found.length).toString("hex");
}
