import { placed, type ActionContext, type Outcome } from "../../operation/mod.ts";
import type { KubeObject } from "../../kube/mod.ts";
import { partOfLabel } from "./apply-set.ts";
import { listMembers, prune } from "./deploy.ts";
import { memberKinds } from "./parent.ts";
import { unlabel } from "./remove.ts";

/** Prunes what is no part of a version that is deployed in another way, and takes the rest out of the ApplySet. */
export async function handOver(context: ActionContext, kept: () => Promise<readonly KubeObject[]>): Promise<Outcome> {
  const members: KubeObject[] = [];
  for (const object of await kept()) members.push(await placed(context, object));
  for (const kind of memberKinds(context.instance)) {
    await prune(context, kind, members);
    const left = await listMembers(context, kind.apiVersion, kind.kind);
    for (const found of left.filter(({ metadata }) => metadata.deletionTimestamp === undefined))
      await unlabel(context, found, [partOfLabel]);
  }
  return { state: "done", object: `${members.length} objects` };
}
