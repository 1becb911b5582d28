/** What the objects in the cluster say of the version that they were applied for. */
import type { ServiceDefinition } from "@portolan/shared/catalog";
import type { KindRef } from "../../kube/mod.ts";
import { annotations } from "../../resources/mod.ts";
import type { RemovalContext } from "../deployer.ts";
import { listMembers, neverPruned } from "./deploy.ts";
import { memberKinds } from "./parent.ts";

/** Versions of the members that are there. What outlives its version, such as CustomResourceDefinitions, says nothing. */
export async function traces(context: RemovalContext, service: ServiceDefinition): Promise<readonly string[]> {
  const kinds = new Map(
    [...memberKinds(context.instance), ...kindsInCatalog(service)].map((kind) => [`${kind.apiVersion}/${kind.kind}`, kind]),
  );
  const versions = new Set<string>();
  for (const { apiVersion, kind } of kinds.values()) {
    if (neverPruned.has(kind)) continue;
    for (const { metadata } of await listMembers(context, apiVersion, kind)) {
      const version = metadata.annotations?.[annotations.version];
      if (version !== undefined && metadata.deletionTimestamp === undefined) versions.add(version);
    }
  }
  return [...versions];
}

/** The instance names its kinds, unless its metadata are lost too. */
function kindsInCatalog({ installers }: ServiceDefinition): readonly KindRef[] {
  return installers.flatMap(({ deployer }) =>
    deployer.type !== "manifests"
      ? []
      : deployer.objects.flatMap(({ object: { apiVersion, kind } }) =>
          isPlain(apiVersion) && isPlain(kind) ? [{ apiVersion, kind }] : [],
        ),
  );
}

function isPlain(template: unknown): template is string {
  return typeof template === "string" && !template.includes("${");
}
