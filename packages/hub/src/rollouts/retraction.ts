import type { Reason } from "@portolan/shared/wire";
import { isQuestion, type Rollout } from "./model.ts";

/** Why a version of a service was retracted; undefined: it was not. */
export type RetractionOf = (service: string, version: string) => Reason | undefined;

/** Why nobody else should begin to go where a rollout goes; undefined: nothing speaks against it. */
export function retractionIn({ spec, targets, undoes }: Rollout, retractionOf: RetractionOf): Reason | undefined {
  // On the way back there is no other version to go to.
  if (undoes !== undefined) {
    return undefined;
  }
  const wanted = new Set(
    targets.flatMap(({ decision, to }) => (to !== undefined && (decision.type === "Undecided" || isQuestion(decision)) ? [to] : [])),
  );
  for (const version of wanted) {
    const reason = retractionOf(spec.service, version);
    if (reason !== undefined) {
      return reason;
    }
  }
  return undefined;
}
