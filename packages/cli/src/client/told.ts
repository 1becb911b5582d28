import { z } from "zod";
import { CliError } from "../errors/mod.ts";
import { parseJson } from "./json.ts";
import { eventSchema, rolloutSchema, rolloutSummarySchema, type FleetEvent, type Rollout, type RolloutSummary } from "./schemas.ts";

/** What an `rollout` event of the hub's stream says. */
export type ToldRollout =
  | { readonly type: "Whole"; readonly rollout: Rollout }
  /** It has too many targets to be told with them. */
  | { readonly type: "Summary"; readonly rollout: RolloutSummary }
  | { readonly type: "Deleted"; readonly name: string };

const toldSchema = z.union([
  z.looseObject({ name: z.string(), deleted: z.literal(true) }).transform(({ name }): ToldRollout => ({ type: "Deleted", name })),
  rolloutSchema.transform((rollout): ToldRollout => ({ type: "Whole", rollout })),
  rolloutSummarySchema.transform((rollout): ToldRollout => ({ type: "Summary", rollout })),
]);

/** @throws CliError UnexpectedAnswer */
export function readToldRollout(data: string): ToldRollout {
  const parsed = toldSchema.safeParse(parseJson(data));
  if (!parsed.success) {
    throw new CliError("UnexpectedAnswer", `the hub tells of a rollout what this command cannot read: ${data.slice(0, 80)}`);
  }
  return parsed.data;
}

/** What an `event` event of the hub's stream says. @throws CliError UnexpectedAnswer */
export function readToldEvent(data: string): FleetEvent {
  const parsed = eventSchema.safeParse(parseJson(data));
  if (!parsed.success) {
    throw new CliError("UnexpectedAnswer", `the hub tells of an event what this command cannot read: ${data.slice(0, 80)}`);
  }
  return parsed.data;
}
