/** Takes secrets out of what helm prints: a template can put any value into its error. Pure. */
import { isJsonObject, type Json, type JsonObject } from "@portolan/shared/json";

/** Shorter texts say nothing, and taking them out would leave nothing to read. */
const shortest = 3;
const mask = "***";

export interface Redaction {
  readonly values: JsonObject;
  readonly secrets: { readonly [name: string]: { readonly [key: string]: string } };
  /** What a person, or the catalog, wrote in the open: it may be shown. */
  readonly open: readonly Json[];
}

/** A function that masks every secret, and every value that is not written in the open and so may have been made from one. */
export function redactor({ values, secrets, open }: Redaction): (text: string) => string {
  const own = Object.values(secrets).flatMap((keys) => Object.values(keys));
  const shown = new Set(open.flatMap(leaves));
  const derived = leaves(values).filter((leaf) => !shown.has(leaf));
  const hidden = [...own, ...derived].flatMap(spellings).filter((text) => text.length >= shortest);
  // The longest first: a secret that holds another one must not be cut in two.
  const ordered = [...new Set(hidden)].toSorted((a, b) => b.length - a.length);
  const spoken = own.length === 0 ? (text: string) => text : withoutWhatWasComputed;
  return (text) => ordered.reduce((masked, secret) => masked.replaceAll(secret, mask), spoken(text));
}

/**
 * Where helm tells what templates have made of values: in capitals, hashed, or cut. No spelling of a secret finds that, and of a short one
 * even a hash is too much. The first group is the place, which is shown.
 */
const computed: readonly RegExp[] = [
  // What `fail` and `required` say.
  /(execution error at \([^)]*\)): .+/su,
  // What a function says of its argument, as atoi does; an included template names its own place.
  /(error calling \w+): (?!template: ).+/su,
  // YAML quotes what it cannot use.
  /((?:YAML parse error on [^:]+|error converting YAML to JSON)): (?!error converting ).+/su,
  /(Invalid value: )(?:"(?:[^"\\]|\\.)*"|\{[^}]*\})/gu,
];

function withoutWhatWasComputed(text: string): string {
  return computed.reduce((shown, pattern) => shown.replace(pattern, (_, place: string) => `${place.trimEnd()} ${mask}`), text);
}

function leaves(json: Json): readonly string[] {
  if (typeof json === "string") return [json];
  if (typeof json === "number") return [String(json)];
  if (Array.isArray(json)) return json.flatMap(leaves);
  return isJsonObject(json) ? Object.values(json).flatMap(leaves) : [];
}

/** As it is, as JSON and Go print it in quotes, in base64, and each of its lines. */
function spellings(secret: string): readonly string[] {
  const quoted = JSON.stringify(secret).slice(1, -1);
  return [secret, quoted, Buffer.from(secret).toString("base64"), ...secret.split("\n").map((line) => line.trim())];
}
