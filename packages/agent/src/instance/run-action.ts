/** Takes the action at an operation's cursor one look further. */
import type { Deployers } from "../deployers/mod.ts";
import { runHook } from "../hooks/mod.ts";
import type { Action, ActionContext, Outcome, StepDefinitions } from "../operation/mod.ts";
import { lastingProblem } from "./lasting-problem.ts";

/** What an action's attempt came to: its outcome, or an error that may pass. */
export type Attempt = Outcome | { readonly state: "error"; readonly error: Error };

export async function runAction(
  deployers: Deployers,
  context: ActionContext,
  definitions: StepDefinitions,
  action: Action,
): Promise<Attempt> {
  try {
    return await run(deployers, context, definitions, action);
  } catch (error) {
    return classify(error);
  }
}

async function run(deployers: Deployers, context: ActionContext, definitions: StepDefinitions, action: Action): Promise<Outcome> {
  const { installer } = definitions;
  switch (action.kind) {
    case "hook":
      return await runHook(context, action.hook);
    case "deploy":
      return await deployers.deploy(context, installer, definitions.before);
    case "test":
      return (await deployers.for(installer).test?.(context, installer)) ?? { state: "done", object: "no tests" };
    case "ready": {
      const { failed, notReady, members } = await deployers.for(installer).observe(context, installer, { drift: false });
      if (failed.length > 0) return { state: "failed", reason: "ObjectsFailed", message: failed.join("; ") };
      return notReady.length > 0
        ? { state: "waiting", message: notReady.join("; ") }
        : { state: "done", object: `${members.length} objects` };
    }
  }
}

/** Errors that the next attempt would meet again end the operation; the others are tried again until the action's time is over. */
function classify(error: unknown): Attempt {
  const problem = lastingProblem(error);
  if (problem !== undefined) return { state: "failed", reason: problem.code, message: problem.message };
  if (error instanceof Error) return { state: "error", error };
  throw error;
}
