import canonicalize from "canonicalize";

/**
 * The one text of a JSON value (RFC 8785): keys sorted by UTF-16 code units, no white space, ECMAScript numbers.
 * Equal values have equal texts, whatever order their keys were written in. Keys whose value is undefined are left out.
 * @throws {Error} when the value is no JSON: NaN, an infinity, a lone surrogate, a cycle, undefined.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error(`a value of type ${typeof value} has no JSON text`);
  return text;
}
