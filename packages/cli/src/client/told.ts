import { z } from "zod";
import { CliError } from "../errors/mod.ts";
import { parseJson } from "./json.ts";
import { upgradeSchema, upgradeSummarySchema, type Upgrade, type UpgradeSummary } from "./schemas.ts";

/** What an `upgrade` event of the hub's stream says. */
export type ToldUpgrade =
  | { readonly type: "Whole"; readonly upgrade: Upgrade }
  /** It has too many targets to be told with them. */
  | { readonly type: "Summary"; readonly upgrade: UpgradeSummary }
  | { readonly type: "Deleted"; readonly id: string };

const toldSchema = z.union([
  z.looseObject({ id: z.string(), deleted: z.literal(true) }).transform(({ id }): ToldUpgrade => ({ type: "Deleted", id })),
  upgradeSchema.transform((upgrade): ToldUpgrade => ({ type: "Whole", upgrade })),
  upgradeSummarySchema.transform((upgrade): ToldUpgrade => ({ type: "Summary", upgrade })),
]);

/** @throws CliError UnexpectedAnswer */
export function readToldUpgrade(data: string): ToldUpgrade {
  const parsed = toldSchema.safeParse(parseJson(data));
  if (!parsed.success) {
    throw new CliError("UnexpectedAnswer", `the hub tells of an upgrade what this command cannot read: ${data.slice(0, 80)}`);
  }
  return parsed.data;
}
