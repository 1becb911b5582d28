/** Why a version cannot be reached, as the planner and the hub say it. */
export interface ReasonText {
  readonly code: string;
  readonly message: string;
  readonly url?: string | undefined;
}

/** One line for a person. */
export function describeReason({ code, message, url }: ReasonText): string {
  return `${code}: ${message}${url === undefined ? "" : ` (${url})`}`;
}
