import { describeAccess } from "../../kube/mod.ts";
import type { Evidence, Finding } from "../model.ts";

/** The account may do what the objects and hooks of all steps need. */
export function permissionsGiven({ denied }: Evidence): readonly Finding[] {
  return denied.map((access) => ({ code: "MissingPermissions", message: `the account may not ${describeAccess(access)}` }));
}
