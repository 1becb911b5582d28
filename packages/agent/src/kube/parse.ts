import type { KindRef, KubeObject } from "./object.ts";
import type { StatusCause } from "./errors.ts";

/** The edge where the API server's JSON becomes types. Only what the client relies on is looked at; the rest is the kind's own. */

export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function stringField(value: unknown, field: string): string | undefined {
  if (!isRecord(value)) return undefined;
  const found = value[field];
  return typeof found === "string" ? found : undefined;
}

/**
 * JSON of the server as an object of the kind that was asked for, or undefined when it is none. The kind is written into it:
 * items of a built-in kind's list leave it out, and metadata-only answers say PartialObjectMetadata.
 */
export function asObjectOf(kind: KindRef, value: unknown): KubeObject | undefined {
  if (!isRecord(value) || stringField(value["metadata"], "name") === undefined) return undefined;
  const object: unknown = Object.assign(value, { apiVersion: kind.apiVersion, kind: kind.kind });
  return isKubeObject(object) ? object : undefined;
}

function isKubeObject(value: unknown): value is KubeObject {
  return (
    stringField(value, "apiVersion") !== undefined &&
    stringField(value, "kind") !== undefined &&
    isRecord(value) &&
    stringField(value["metadata"], "name") !== undefined
  );
}

/** metav1.Status: what the server says instead of an object. */
export interface Status {
  readonly code: number | undefined;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly StatusCause[];
  /** The object that it is about, when it is about one. */
  readonly objectName: string | undefined;
  readonly retryAfterSeconds: number | undefined;
}

export function parseStatus(value: unknown): Status | undefined {
  if (!isRecord(value) || value["kind"] !== "Status") return undefined;
  const details = isRecord(value["details"]) ? value["details"] : {};
  const causes = Array.isArray(details["causes"]) ? details["causes"] : [];
  const code = value["code"];
  const retryAfter = details["retryAfterSeconds"];
  return {
    code: typeof code === "number" ? code : undefined,
    reason: stringField(value, "reason") ?? "",
    message: stringField(value, "message") ?? "",
    causes: causes.map((cause: unknown) => ({
      reason: stringField(cause, "reason") ?? "",
      message: stringField(cause, "message") ?? "",
      field: stringField(cause, "field") ?? "",
    })),
    objectName: stringField(details, "name"),
    retryAfterSeconds: typeof retryAfter === "number" ? retryAfter : undefined,
  };
}
