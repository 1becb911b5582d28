import type { Hook, ObjectReference, ObjectSelection } from "@portolan/shared/catalog";
import { renderObjectTemplate } from "@portolan/shared/expression";
import { runApply } from "./apply.ts";
import type { ActionContext, Outcome } from "../operation/mod.ts";
import { runDelete } from "./delete.ts";
import { runJob } from "./job.ts";
import { runMigrateStorage } from "./migrate-storage.ts";
import { runPatch } from "./patch.ts";
import { runScale } from "./scale.ts";
import { runWait } from "./wait.ts";

/** Takes a hook one look further. Safe to repeat: after a crash the same hook runs again from its cursor. */
export async function runHook(context: ActionContext, hook: Hook): Promise<Outcome> {
  /** Names and namespaces of targets may be templates; what is rendered has the target's form. */
  const named = <T extends ObjectReference | ObjectSelection>(target: T): T => {
    const rendered: object = renderObjectTemplate({ ...target }, context.scope, "manifest");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return rendered as T;
  };
  switch (hook.action) {
    case "delete":
      return await runDelete(context, named(hook.target), hook.propagation);
    case "apply":
      return await runApply(context, hook.objects);
    case "patch":
      return await runPatch(context, named(hook.target), hook.type, hook.patch);
    case "scale":
      return await runScale(context, named(hook.target), hook.replicas);
    case "job":
      return await runJob(context, hook, hook.job);
    case "wait":
      return await runWait(context, named(hook.target), hook.until);
    case "migrateStorage":
      return await runMigrateStorage(context, hook.crd);
  }
}
