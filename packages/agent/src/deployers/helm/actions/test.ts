import type { ActionContext, Outcome } from "../../../operation/mod.ts";
import { testCommand, type ReleaseTarget } from "../arguments.ts";
import { failureOf } from "../errors.ts";
import { endOfHookLog } from "../hook-log.ts";
import type { Release, ReleaseHook } from "../release.ts";
import { keyOf, redactorOf, stampOf, type HelmTools } from "../tools.ts";

const timeoutSeconds = 600;

/**
 * Lets helm run the tests of a chart, once for each operation's step; how they went stands in the release. Returns at once; it is asked
 * again.
 */
export async function test(tools: HelmTools, context: ActionContext, target: ReleaseTarget, release: Release): Promise<Outcome> {
  const { processes } = tools;
  const key = keyOf(target);
  const run = processes.runOf(key);
  if (run?.state === "running") return { state: "waiting", message: `helm ${run.command} is running` };
  processes.forget(key);
  const failed = release.tests.filter(({ phase }) => phase === "Failed");
  if (run?.stamp === stampOf(context) && run.result.code !== 0) {
    if (failed.length === 0) throw failureOf(run.command, redactorOf(context)(run.result.stderr));
    const told = await Promise.all(failed.map(async (each) => await describe(context, each)));
    return { state: "failed", reason: "TestFailed", message: `helm test: ${told.join("; ")}` };
  }
  if (release.tests.every(({ phase }) => phase === "Succeeded")) return { state: "done", object: `${release.tests.length} tests` };
  processes.begin(key, stampOf(context), testCommand(target, timeoutSeconds));
  return { state: "waiting", message: "helm test has begun" };
}

async function describe(context: ActionContext, failed: ReleaseHook): Promise<string> {
  return `the test ${failed.kind}/${failed.name} failed${await endOfHookLog(context, failed)}`;
}
