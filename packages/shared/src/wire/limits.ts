/**
 * How large things may be on the wire. Encoders refuse what is larger (so the sender learns of it), decoders refuse to read it.
 * Whole messages stay below the 1 MiB that a NATS server takes by default.
 */

const KIB = 1024;

/** Bytes of an encoded message. */
export const MESSAGE_LIMITS = {
  instanceReport: 64 * KIB,
  availabilityDocument: 256 * KIB,
  availabilityReport: 258 * KIB,
  heartbeat: 256 * KIB,
  intentDocument: 256 * KIB,
  /** A document, its type and eight signatures. */
  envelope: 258 * KIB,
  catalogContent: 512 * KIB,
  catalogDocument: 514 * KIB,
  event: 16 * KIB,
  digestList: 960 * KIB,
  republishRequest: 960 * KIB,
  small: 4 * KIB,
} as const;

/** UTF-16 code units of a text. */
export const TEXT_LIMITS = {
  /** DNS-1123 label: names of clusters, namespaces and services. */
  label: 63,
  /** DNS-1123 subdomain: names of instances. */
  name: 253,
  /** Ids, UIDs, hashes, versions, names of upgraders, codes. */
  token: 256,
  /** Field managers, actions, object names, problem lines. */
  line: 1024,
  /** Sentences for a person. */
  message: 4096,
  /** Links. */
  url: 2048,
  /** Kubernetes label keys: prefix, slash and name. */
  labelKey: 317,
  labelValue: 256,
  /** A configuration as JSON. */
  json: 64 * KIB,
} as const;

/** Items of a list or map. */
export const COUNT_LIMITS = {
  labels: 128,
  steps: 32,
  versions: 1024,
  reasons: 64,
  risks: 64,
  intents: 1024,
  catalogs: 64,
  catalogProblems: 32,
  digestEntries: 8192,
  signatures: 8,
  secretRefs: 32,
  /** Named in what an agent found about an intent. */
  changedObjects: 20,
} as const;

/** Shortens a text that may be longer than `limit` (an error of Kubernetes or Helm, for example), so that it can be sent. */
export function clip(text: string, limit: number = TEXT_LIMITS.message): string {
  if (text.length <= limit) return text;
  return `${text
    .slice(0, limit - 1)
    .toWellFormed()
    .replace(/\u{FFFD}$/u, "")}…`;
}
