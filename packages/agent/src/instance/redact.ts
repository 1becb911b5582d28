/** Takes the values of an instance's secrets out of texts that others wrote: logs of Jobs, words of webhooks. Pure. */
import type { SecretsView } from "./state.ts";

/** What is shorter stands in every text by chance. */
const shortestValue = 4;

export function redact(text: string, { values }: SecretsView): string {
  const secrets = Object.values(values)
    .flatMap((keys) => Object.values(keys))
    .flatMap((value) => [value, ...value.split("\n"), Buffer.from(value).toString("base64")])
    .map((value) => value.trim())
    .filter((value) => value.length >= shortestValue)
    // A value may be part of another one.
    .toSorted((a, b) => b.length - a.length);
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, "[redacted]"), text);
}
