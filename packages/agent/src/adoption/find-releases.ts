/** The releases of a cluster that people have installed with helm. */
import { isJsonObject, toJson, UntrustedJsonError, type JsonObject } from "@portolan/shared/json";
import { decodeRelease, HelmError, revisionOf, type Release, type Revision } from "../deployers/helm/mod.ts";
import { stringAt } from "../fields/mod.ts";
import { isNoKindMatch, refOf, type KubeClient, type KubeObject } from "../kube/mod.ts";
import { labels } from "../resources/mod.ts";

/** The newest revision of a release, and what became of reading it. */
export interface ReleaseInCluster {
  readonly namespace: string;
  readonly name: string;
  readonly revision: Revision;
  readonly read:
    | {
        readonly ok: true;
        readonly release: Pick<Release, "chartName" | "chartVersion">;
        /** What was given. */
        readonly values: JsonObject;
        /** The chart's own. */
        readonly chartValues: JsonObject;
      }
    | { readonly ok: false; readonly reason: string };
  /** Who else looks after it. */
  readonly keeper?: string;
}

/** @param namespace absent: in all namespaces. @throws KubeError */
export async function findReleases(kube: KubeClient, namespace: string | undefined): Promise<readonly ReleaseInCluster[]> {
  const place = namespace === undefined ? {} : { namespace };
  const { items } = await kube.list("v1", "Secret", { ...place, labelSelector: "owner=helm", metadataOnly: true });
  const keepers = await fluxReleases(kube, place);
  const found: ReleaseInCluster[] = [];
  for (const { secret: newest, revision } of newestOf(items)) {
    const { namespace: where = "", labels: marks = {} } = newest.metadata;
    const name = marks["name"] ?? "";
    const keeper = keepers.get(`${where}/${name}`);
    const secret = await kube.get(refOf(newest));
    if (secret === undefined) continue;
    found.push({
      namespace: where,
      name,
      revision,
      read: read(secret),
      ...(keeper === undefined ? {} : { keeper }),
    });
  }
  return found;
}

interface Newest {
  readonly secret: KubeObject;
  readonly revision: Revision;
}

/** By namespace and name. */
function newestOf(secrets: readonly KubeObject[]): readonly Newest[] {
  const newest = new Map<string, Newest>();
  for (const secret of secrets) {
    const key = `${secret.metadata.namespace ?? ""}/${secret.metadata.labels?.["name"] ?? ""}`;
    const revision = revisionOf(secret, labels.instance);
    if (revision.revision > (newest.get(key)?.revision.revision ?? -1)) newest.set(key, { secret, revision });
  }
  return [...newest].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
}

function read(secret: KubeObject): ReleaseInCluster["read"] {
  try {
    const release = decodeRelease(secret);
    return { ok: true, release, values: objectOf(release.values), chartValues: objectOf(release.chartValues) };
  } catch (error) {
    if (error instanceof HelmError || error instanceof UntrustedJsonError) return { ok: false, reason: error.message };
    throw error;
  }
}

/** @throws UntrustedJsonError */
function objectOf(values: unknown): JsonObject {
  const json = toJson(values);
  return isJsonObject(json) ? json : {};
}

/** Releases that Flux's helm-controller would bring back, by namespace and name. */
async function fluxReleases(kube: KubeClient, place: { readonly namespace?: string }): Promise<ReadonlyMap<string, string>> {
  try {
    const { items } = await kube.list("helm.toolkit.fluxcd.io/v2", "HelmRelease", place);
    return new Map(
      items.map((item) => {
        const { namespace = "", name } = item.metadata;
        const target = stringAt(item, "spec", "targetNamespace");
        const release = stringAt(item, "spec", "releaseName") ?? (target === undefined ? name : `${target}-${name}`);
        return [
          `${stringAt(item, "spec", "storageNamespace") ?? target ?? namespace}/${release}`,
          `HelmRelease ${namespace}/${name} of Flux`,
        ];
      }),
    );
  } catch (error) {
    if (isNoKindMatch(error)) return new Map();
    throw error;
  }
}
