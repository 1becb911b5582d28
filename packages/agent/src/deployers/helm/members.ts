/** Puts marks on a release's objects, and takes them off: the label by which their changes are seen, and on a CRD the version that it is of. */
import { appliedBy } from "../../drift/mod.ts";
import { fieldsAt } from "../../fields/mod.ts";
import { isConflict, isNoKindMatch, isNotFound, refOf, type KubeClient, type KubeObject } from "../../kube/mod.ts";
import { AGENT_MANAGER, annotations, labels } from "../../resources/mod.ts";
import { isNewerDefinition } from "../manifests/mod.ts";
import { HELM_MANAGER } from "./manifest.ts";
import { asApplied } from "./as-applied.ts";
import { appliedFor, isDefinition } from "./crds.ts";

/**
 * Marks what is there, as all that the agent applies of it: helm and the chart know nothing of the marks, and leave them. An object that is
 * missing is not made.
 *
 * @param id of the instance
 * @param version of the service that is deployed
 */
export async function markMembers(kube: KubeClient, members: readonly KubeObject[], id: string, version: string): Promise<void> {
  for (const member of members) {
    const live = await find(kube, member);
    if (live === undefined || live.metadata.deletionTimestamp !== undefined) continue;
    const marks = { labels: { [labels.instance]: id }, annotations: versionMark(live, version) };
    if (!isMarked(live, marks) || appliesMore(live, marks)) await apply(kube, live, marks);
  }
}

interface Marks {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A CRD keeps the latest version that it was of: it is never taken back. */
function versionMark(live: KubeObject, version: string): Readonly<Record<string, string>> {
  const wanted = appliedFor(live, version);
  const { metadata } = isNewerDefinition(live, wanted) ? live : wanted;
  const mark = metadata.annotations?.[annotations.version];
  return isDefinition(live) && mark !== undefined ? { [annotations.version]: mark } : {};
}

export function isMarked({ metadata }: KubeObject, marks: Marks): boolean {
  const holds = (found: Readonly<Record<string, string>> = {}, wanted: Readonly<Record<string, string>> = {}): boolean =>
    Object.entries(wanted).every(([name, value]) => found[name] === value);
  return holds(metadata.labels, marks.labels) && holds(metadata.annotations, marks.annotations);
}

/** Whether the agent has applied the object itself, as one of manifests: what helm and the chart do not have of that, would stay. */
function appliesMore(live: KubeObject, marks: Marks): boolean {
  const { "f:metadata": _, ...rest } = appliedBy(live, AGENT_MANAGER)?.fieldsV1 ?? {};
  if (Object.keys(rest).length > 0) return true;
  const more = (kind: "labels" | "annotations"): boolean =>
    Object.keys(fieldsAt(appliedBy(live, AGENT_MANAGER)?.fieldsV1, "f:metadata", `f:${kind}`)).some(
      (field) => field !== "." && marks[kind]?.[field.slice("f:".length)] === undefined,
    );
  return more("labels") || more("annotations");
}

/** Takes the marks off what carries this instance's. */
export async function unmarkMembers(kube: KubeClient, members: readonly KubeObject[], id: string): Promise<void> {
  for (const member of members) {
    const live = await find(kube, member);
    if (live?.metadata.labels?.[labels.instance] === id) await apply(kube, live, {});
  }
}

/** What was helm's alone goes; what others apply too stays. */
export async function dropFieldsOfHelm(kube: KubeClient, member: KubeObject): Promise<void> {
  const live = await find(kube, member);
  if (live === undefined) return;
  const { managedFields = [], resourceVersion = "" } = live.metadata;
  const fields = asApplied(managedFields, HELM_MANAGER);
  if (fields !== undefined) {
    await kube.patch(
      refOf(live),
      {
        type: "json",
        patch: [
          { op: "replace", path: "/metadata/managedFields", value: fields },
          // A list that has changed meanwhile must not be replaced.
          { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
        ],
      },
      { fieldManager: AGENT_MANAGER },
    );
  }
  await apply(kube, live, {}, HELM_MANAGER);
}

async function apply(kube: KubeClient, live: KubeObject, marks: Marks, fieldManager = AGENT_MANAGER): Promise<void> {
  const { apiVersion, kind } = live;
  const { name, namespace, uid } = live.metadata;
  // With the uid, because an apply would make an object that was deleted meanwhile.
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }), ...marks };
  try {
    await kube.apply({ apiVersion, kind, metadata }, { fieldManager, force: true });
  } catch (error) {
    // Deleted or replaced meanwhile: whoever did so is seen at the next look.
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}

export async function find(kube: KubeClient, member: KubeObject): Promise<KubeObject | undefined> {
  try {
    return await kube.get(refOf(member), { metadataOnly: true });
  } catch (error) {
    if (isNoKindMatch(error)) return undefined;
    throw error;
  }
}
