/** What a refusal of the API server means for a person who has to mend it. Pure. */
import type { Finding, FindingCode, Refused } from "./model.ts";

/**
 * Tells the refusals apart that an object may meet.
 *
 * @param subject names the object: `Deployment default/web`
 */
export function explainRefusal(subject: string, refused: Refused): Finding {
  const { detail } = refused;
  for (const [code, holds, words] of meanings) {
    if (holds(refused)) return { code, message: words(subject, refused) };
  }
  return { code: "DryRunFailed", message: `${subject}: ${detail}` };
}

/** The webhook that did not answer, or refused: its name, as in its configuration. */
export function webhookIn({ detail }: Refused): string | undefined {
  return /(?:failed calling webhook|admission webhook) "([^"]+)"/u.exec(detail)?.[1];
}

/** The server's words: of a field that may not change. They differ from kind to kind. */
const immutable =
  /field is immutable|may not be changed|updates to (?:statefulset|deployment|job) spec for fields other than|spec is immutable|(?:cannot|can't|may not) (?:be )?changed? (?:once|after)/iu;

type Meaning = readonly [code: FindingCode, holds: (refused: Refused) => boolean, words: (subject: string, refused: Refused) => string];

const asSaid = (subject: string, { detail }: Refused): string => `${subject}: ${detail}`;

const meanings: readonly Meaning[] = [
  [
    "AdmissionUnavailable",
    ({ detail }) => detail.includes("failed calling webhook"),
    (subject, refused) => `${subject}: the admission webhook ${webhookIn(refused) ?? ""} does not answer: ${refused.detail}`,
  ],
  ["AdmissionRefused", ({ detail }) => /admission webhook "[^"]+" denied|ValidatingAdmissionPolicy/u.test(detail), asSaid],
  ["QuotaExceeded", ({ status, detail }) => status === 403 && detail.includes("exceeded quota"), asSaid],
  ["NamespaceTerminating", ({ status, detail }) => status === 403 && detail.includes("being terminated"), asSaid],
  ["ImmutableField", isImmutable, immutableWords],
  ["MissingPermissions", ({ status }) => status === 403, asSaid],
  ["Invalid", ({ status, detail }) => status === 400 || status === 422 || /field not declared in schema/u.test(detail), asSaid],
];

export function isImmutable({ status, detail, causes }: Refused): boolean {
  return status === 422 && (immutable.test(detail) || causes.some(({ message }) => immutable.test(message)));
}

function immutableWords(subject: string, { detail, causes }: Refused): string {
  const fields = [...new Set(causes.filter(({ message, field }) => field !== "" && immutable.test(message)).map(({ field }) => field))];
  const named = fields.length === 0 ? detail : fields.join(", ");
  return `${subject}: ${named} cannot be changed while the object exists; it has to be deleted first, in an upgrade by a \`delete\` hook before the step, else by hand`;
}
