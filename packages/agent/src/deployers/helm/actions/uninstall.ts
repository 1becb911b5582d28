import type { RemovalContext } from "../../deployer.ts";
import { uninstallCommand } from "../arguments.ts";
import { failureOf } from "../errors.ts";
import { membersOf, namespacesOf, ownRevisions, releaseOf } from "../look.ts";
import { letGo } from "../kept-members.ts";
import { keepPolicy, policyAnnotation } from "../manifest.ts";
import { release } from "./adopt.ts";
import { keyOf, targetOf, type HelmTools } from "../tools.ts";

const timeoutSeconds = 300;
const stamp = "uninstall";

/** Lets helm take an instance's releases away. Returns how many are still there; asked again until none is. */
export async function uninstall(tools: HelmTools, context: RemovalContext): Promise<number> {
  let left = 0;
  for (const namespace of await namespacesOf(context)) left += await uninstallIn(tools, { ...context, targetNamespace: namespace });
  return left;
}

async function uninstallIn(tools: HelmTools, context: RemovalContext): Promise<number> {
  const target = targetOf(tools, context);
  const key = keyOf(target);
  const run = tools.processes.runOf(key);
  if (run?.state === "running") {
    // What an operation has begun makes what would be taken away.
    if (run.stamp !== stamp) tools.processes.interrupt(key);
    return 1;
  }
  tools.processes.forget(key);
  // No value is known here, and helm prints none when it takes a release away.
  if (run?.stamp === stamp && run.result.code !== 0) throw failureOf(run.command, run.result.stderr);
  const [revision] = await ownRevisions(context, target);
  if (revision === undefined) return 0;
  await unlabelKept(context, target, revision);
  tools.processes.begin(key, stamp, uninstallCommand(target, timeoutSeconds));
  return 1;
}

/** What the chart wants to outlive its release belongs to nobody then. */
async function unlabelKept(
  context: RemovalContext,
  target: ReturnType<typeof targetOf>,
  revision: Parameters<typeof releaseOf>[2],
): Promise<void> {
  const found = await releaseOf(context.kube, target, revision);
  if (found === undefined) return;
  const members = await membersOf(context, found);
  const kept = members.filter(({ metadata }) => metadata.annotations?.[policyAnnotation] === keepPolicy);
  await letGo(context.kube, kept, context.applySetId);
}

/** Lets go of an instance's releases: their objects and their revisions lose the instance's label, and stay. */
export async function orphan(tools: HelmTools, context: RemovalContext): Promise<void> {
  for (const namespace of await namespacesOf(context)) await orphanIn(tools, { ...context, targetNamespace: namespace });
}

async function orphanIn(tools: HelmTools, context: RemovalContext): Promise<void> {
  const target = targetOf(tools, context);
  const own = await ownRevisions(context, target);
  const [newest] = own;
  const found = newest === undefined ? undefined : await releaseOf(context.kube, target, newest);
  if (found !== undefined) await letGo(context.kube, await membersOf(context, found), context.applySetId);
  for (const revision of own) await release(context.kube, target, revision);
}
