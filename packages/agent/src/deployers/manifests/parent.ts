/** The ServiceInstance as parent of its ApplySet: the metadata by which its members can be found, and the finalizer, in one applied piece. */
import { refOf, type KindRef, type KubeClient, type KubeObject } from "../../kube/mod.ts";
import { AGENT_MANAGER, API_VERSION, FINALIZER, SERVICE_INSTANCE_KIND, type ServiceInstance } from "../../resources/mod.ts";
import { additionalNamespacesAnnotation, groupKind, groupKindsAnnotation, idLabel, tooling, toolingAnnotation } from "./apply-set.ts";

/** Like KEP-3659's contains-group-kinds, but with versions: without them a kind cannot be listed. */
const kindsAnnotation = "portolan.dev/contains-kinds";

/** The kinds of some objects, each once. */
export function kindsOf(objects: readonly KubeObject[]): readonly KindRef[] {
  const seen = new Map(objects.map(({ apiVersion, kind }) => [`${apiVersion}/${kind}`, { apiVersion, kind }]));
  return [...seen.values()];
}

/** Reads `apps/v1/Deployment,v1/Service`. */
function parseKinds(annotation: string | undefined): readonly KindRef[] {
  return (annotation ?? "")
    .split(",")
    .filter((text) => text.includes("/"))
    .map((text) => ({ apiVersion: text.slice(0, text.lastIndexOf("/")), kind: text.slice(text.lastIndexOf("/") + 1) }));
}

/** The kinds of an instance's members, as the instance itself says. */
export function memberKinds({ metadata }: ServiceInstance): readonly KindRef[] {
  return parseKinds(metadata.annotations?.[kindsAnnotation]);
}

/** Writes all metadata that the agent owns of an instance, as one applied configuration: what is not in it would be dropped. */
export async function writeParent(
  context: { readonly own: KubeClient; readonly instance: ServiceInstance; readonly applySetId: string },
  kinds: readonly KindRef[],
  members: readonly KubeObject[],
): Promise<void> {
  const { instance } = context;
  const own = instance.metadata.namespace;
  const namespaces = new Set(members.map((member) => member.metadata.namespace).filter((name) => name !== undefined && name !== own));
  const text = (values: Iterable<string | undefined>): string =>
    [...new Set(values)].toSorted((a = "", b = "") => (a < b ? -1 : 1)).join(",");
  await applyMetadata(context.own, instance, {
    labels: { [idLabel]: context.applySetId },
    annotations: {
      [toolingAnnotation]: tooling,
      [groupKindsAnnotation]: text(kinds.map(groupKind)),
      [additionalNamespacesAnnotation]: text(namespaces),
      [kindsAnnotation]: text(kinds.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`)),
    },
    finalizers: [FINALIZER],
  });
}

/** Keeps the instance until its service is uninstalled. What it says of its members stays. */
export async function addFinalizer(kube: KubeClient, instance: ServiceInstance): Promise<void> {
  const { labels = {}, annotations = {} } = instance.metadata;
  const own = (from: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> =>
    Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
  await applyMetadata(kube, instance, {
    labels: own(labels, [idLabel]),
    annotations: own(annotations, [toolingAnnotation, groupKindsAnnotation, additionalNamespacesAnnotation, kindsAnnotation]),
    finalizers: [FINALIZER],
  });
}

/** Lets go of the instance. */
export async function dropMetadata(kube: KubeClient, instance: ServiceInstance): Promise<void> {
  const { metadata } = await applyMetadata(kube, instance, {});
  if (metadata.finalizers?.includes(FINALIZER) !== true) return;
  // Whoever restored the instance from a backup wrote the finalizer too, and what two have written is not gone when one of them drops it.
  const { resourceVersion } = metadata;
  const finalizers = metadata.finalizers.filter((each) => each !== FINALIZER);
  await kube.patch(
    refOf({ ...instance }),
    { type: "merge", patch: { metadata: { resourceVersion, finalizers } } },
    { fieldManager: AGENT_MANAGER },
  );
}

async function applyMetadata(
  kube: KubeClient,
  { metadata }: ServiceInstance,
  owned: Pick<KubeObject["metadata"], "labels" | "annotations" | "finalizers">,
): Promise<KubeObject> {
  const { name, namespace, uid } = metadata;
  const object: KubeObject = {
    apiVersion: API_VERSION,
    kind: SERVICE_INSTANCE_KIND,
    // The uid is a precondition: an instance that was deleted meanwhile must not be made again.
    metadata: { name, namespace, ...(uid === undefined ? {} : { uid }), ...owned },
  };
  return await kube.apply(object, { fieldManager: AGENT_MANAGER, force: true });
}
