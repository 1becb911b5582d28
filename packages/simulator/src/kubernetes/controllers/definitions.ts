import { deleteObject } from "../endpoints/mod.ts";
import { cloneJson } from "../json/mod.ts";
import { CLEANUP_FINALIZER, objectField, objectItems, stringField, type ResourceType } from "../kinds/mod.ts";
import { keyOf, type KubeObject } from "../objects/mod.ts";
import { withTimes, type Condition } from "./conditions.ts";
import { modify, type ControllerContext } from "./controller.ts";

/**
 * Serves a CustomResourceDefinition: from the moment that it is Established. One that is deleted takes
 * its objects along first.
 */
export function reconcileDefinition(context: ControllerContext, type: ResourceType, definition: KubeObject): void {
  if (definition.metadata.deletionTimestamp !== undefined) {
    removeInstances(context, type, definition);
    return;
  }
  const served = context.api.registry;
  if (isEstablished(definition)) {
    served.serve(definition);
    return;
  }
  const clash = nameClash(context, definition);
  modify(context.api, type, definition, "status", (copy) => {
    const status = objectField(copy, "status") ?? {};
    copy["status"] = {
      ...status,
      conditions: withTimes(conditionsOf(clash), status["conditions"], context.api.now()),
      ...(clash === undefined ? { acceptedNames: objectField(copy, "spec")?.["names"] ?? {} } : {}),
    };
  });
}

function isEstablished(definition: KubeObject): boolean {
  return objectItems(objectField(definition, "status"), "conditions").some(
    (condition) => condition["type"] === "Established" && condition["status"] === "True",
  );
}

function nameClash(context: ControllerContext, definition: KubeObject): string | undefined {
  const spec = objectField(definition, "spec");
  const kind = stringField(objectField(spec, "names"), "kind");
  const group = stringField(spec, "group");
  const plural = stringField(objectField(spec, "names"), "plural");
  const other = context.api.registry.types().find((type) => type.group === group && type.kind === kind && type.plural !== plural);
  return other === undefined ? undefined : kind;
}

function conditionsOf(clash: string | undefined): Condition[] {
  if (clash !== undefined) {
    return [
      {
        type: "NamesAccepted",
        status: "False",
        reason: "KindConflict",
        message: `${JSON.stringify(clash)} is already in use`,
      },
      {
        type: "Established",
        status: "False",
        reason: "NotAccepted",
        message: "not all names are accepted",
      },
    ];
  }
  return [
    {
      type: "NamesAccepted",
      status: "True",
      reason: "NoConflicts",
      message: "no conflicts found",
    },
    {
      type: "Established",
      status: "True",
      reason: "InitialNamesAccepted",
      message: "the initial names have been accepted",
    },
  ];
}

function removeInstances(context: ControllerContext, type: ResourceType, definition: KubeObject): void {
  const { api } = context;
  const spec = objectField(definition, "spec");
  const plural = stringField(objectField(spec, "names"), "plural");
  const collection = `${stringField(spec, "group")}/${plural}`;
  const instances = api.registry.types().find((candidate) => candidate.collection === collection);
  if (instances !== undefined) {
    for (const { object } of api.store.list(collection)) {
      if (object.metadata.deletionTimestamp !== undefined) continue;
      deleteObject(api, instances, object.metadata.namespace, object.metadata.name ?? "", {
        dryRun: false,
        propagation: "Background",
        warnings: [],
      });
    }
  }
  if (api.store.list(collection).length > 0) return;
  const finalizers = (definition.metadata.finalizers ?? []).filter((item) => item !== CLEANUP_FINALIZER);
  if (finalizers.length === (definition.metadata.finalizers ?? []).length) return;
  api.registry.withdraw(definition.metadata.name ?? "");
  modify(api, type, definition, "", (copy) => {
    if (finalizers.length > 0) copy.metadata.finalizers = finalizers;
    else delete copy.metadata.finalizers;
  });
}

/** The definition of an object that went may be waiting for that. */
export function afterInstanceRemoval(context: ControllerContext, collection: string): void {
  const [group = "", plural = ""] = collection.split("/");
  const name = `${plural}.${group}`;
  const definitions = context.api.registry.get("apiextensions.k8s.io/v1", "customresourcedefinitions");
  const definition = context.api.store.get(definitions.collection, name);
  if (definition?.metadata.deletionTimestamp === undefined) return;
  context.clockwork.after(0, `definition/${name}`, () => {
    const current = context.api.store.get(definitions.collection, keyOf(definition));
    if (current !== undefined) reconcileDefinition(context, definitions, cloneJson(current));
  });
}
