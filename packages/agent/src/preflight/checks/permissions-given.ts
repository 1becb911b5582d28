import { describeAccess } from "../../kube/mod.ts";
import type { Evidence, Finding } from "../model.ts";

/** The account may do what the objects and hooks of all steps need. */
export function permissionsGiven({ denied, account }: Evidence): readonly Finding[] {
  const who = account === undefined ? "the account" : `the account ${account}`;
  return denied.map((access) => ({ code: "MissingPermissions", message: `${who} may not ${describeAccess(access)}` }));
}
