/** What speaks against beginning a plan, as an ordered list of checks: a new one is a new function and one line. Pure. */
import { dryRunTaken } from "./checks/dry-run-taken.ts";
import { kindsKnown } from "./checks/kinds-known.ts";
import { objectsFree } from "./checks/objects-free.ts";
import { permissionsGiven } from "./checks/permissions-given.ts";
import type { Evidence, Finding } from "./model.ts";

type Check = (evidence: Evidence, nameOfInstance: (instanceId: string) => string | undefined) => readonly Finding[];

/** In the order in which they are to be mended. */
const checks: readonly Check[] = [(evidence) => evidence.unrendered, kindsKnown, permissionsGiven, objectsFree, dryRunTaken];

/** Every finding; none when the plan may begin. */
export function judge(evidence: Evidence, nameOfInstance: (instanceId: string) => string | undefined): readonly Finding[] {
  return checks.flatMap((check) => check(evidence, nameOfInstance));
}
