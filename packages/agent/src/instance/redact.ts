/** Takes the values of an instance's secrets out of texts: what others say of an object may quote what was in it. Pure. */
import type { IntentVerdict } from "../intents/mod.ts";
import { KubeError } from "../kube/mod.ts";
import type { ServiceInstanceStatus } from "../resources/mod.ts";
import type { SecretsView } from "./state.ts";

export type Redact = (text: string) => string;

/** What is shorter stands in every text by chance. */
const shortestValue = 4;
/** Of a long value its beginning is enough: texts are cut. */
const beginning = 16;

const hidden = "[redacted]";

/** Takes out all values of some secrets, also as they are written in JSON, in URLs and in base64. */
export function redactorOf({ values }: SecretsView): Redact {
  const all = Object.values(values)
    .flatMap((keys) => Object.values(keys))
    .flatMap(formsOf)
    .filter((form) => form.length >= shortestValue);
  // A value may be part of another one.
  const secrets = [...new Set(all)].toSorted((a, b) => b.length - a.length);
  return (text) => secrets.reduce(without, text);
}

function formsOf(value: string): readonly string[] {
  const lines = value.split("\n").map((line) => line.trim());
  return [
    value,
    value.trim(),
    ...lines,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    Buffer.from(value).toString("base64"),
    Buffer.from(value).toString("base64url"),
  ];
}

function without(text: string, secret: string): string {
  if (secret.length <= beginning) return text.replaceAll(secret, hidden);
  const start = secret.slice(0, beginning);
  let shown = "";
  let rest = text;
  for (let at = rest.indexOf(start); at >= 0; at = rest.indexOf(start)) {
    let length = beginning;
    while (length < secret.length && rest[at + length] === secret[length]) length += 1;
    shown += `${rest.slice(0, at)}${hidden}`;
    rest = rest.slice(at + length);
  }
  return shown + rest;
}

/** An error whose words are shown somewhere. The same one where there is nothing to hide. */
export function redactError(error: unknown, redact: Redact): unknown {
  if (!(error instanceof Error)) return error;
  const words = [error.message, error.stack ?? "", ...(error instanceof KubeError ? error.causes.map((cause) => cause.message) : [])];
  if (words.every((text) => redact(text) === text)) return error;
  // What caused it may hold the same words; nobody but a person reads them.
  if (error instanceof KubeError) {
    return new KubeError({
      status: error.status,
      reason: error.reason,
      request: redact(error.request),
      detail: redact(error.detail),
      causes: error.causes.map((cause) => ({ ...cause, message: redact(cause.message) })),
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    });
  }
  const shown = new Error(redact(error.message));
  shown.name = error.name;
  shown.stack = redact(error.stack ?? "");
  return shown;
}

/** What the fleet is told of its wish. */
export function redactVerdict(verdict: IntentVerdict, redact: Redact): IntentVerdict {
  const { reason } = verdict;
  return reason === undefined ? verdict : { ...verdict, reason: { ...reason, message: redact(reason.message) } };
}

/** All words of a status that others may have had a part in. */
export function redactStatus(status: ServiceInstanceStatus, redact: Redact): ServiceInstanceStatus {
  const { conditions, operation, failure } = status;
  return {
    ...status,
    ...(conditions === undefined ? {} : { conditions: conditions.map((each) => ({ ...each, message: redact(each.message) })) }),
    ...(operation?.message === undefined ? {} : { operation: { ...operation, message: redact(operation.message) } }),
    ...(failure === undefined ? {} : { failure: { ...failure, message: redact(failure.message) } }),
  };
}
