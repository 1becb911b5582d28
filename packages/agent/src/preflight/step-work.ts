/** What a step does to the cluster: its kinds, and what must be allowed for its objects and hooks. Pure. */
import type { Hook, ObjectReference, ObjectSelection } from "@portolan/shared/catalog";
import { renderObjectTemplate } from "@portolan/shared/expression";
import { neverRemoved } from "../deployers/manifests/mod.ts";
import type { Rendered } from "../deployers/mod.ts";
import { renderManifests } from "../deployers/render.ts";
import { refOf, type KubeObject, type ResourceAccess } from "../kube/mod.ts";
import { objectName } from "../operation/mod.ts";
import type { KindUse, Need, PlannedStep, StepWork, Upset } from "./model.ts";

const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
const SECRET = { apiVersion: "v1", kind: "Secret" };
const JOB = { apiVersion: "batch/v1", kind: "Job" };

/** A part of a step: what it uses and needs, and what it leaves otherwise than it found it. */
interface Part {
  readonly kinds: readonly KindUse[];
  readonly needs: readonly Need[];
  readonly accesses: readonly ResourceAccess[];
  readonly upset: Upset;
}

const NOTHING: Upset = { anything: false, objects: [] };

/**
 * @param rendered by the step's deployer
 * @throws ExpressionError, ManifestError when a hook cannot be rendered
 */
export function stepWork(step: PlannedStep, { objects, hooks: chartHooks }: Rendered): StepWork {
  const before = (step.upgrader?.before ?? []).map((hook) => hookPart(hook, step));
  const after = (step.upgrader?.after ?? []).map((hook) => hookPart(hook, step));
  const health = step.installer.health.map(({ object }): Part => targetPart(object, ["get"], `health check of ${object.name}`));
  const isChart = step.installer.deployer.type === "helm";
  const outlives = isChart ? isKeptByHelm : ({ kind }: KubeObject): boolean => neverRemoved.has(kind);
  const removed = isChart ? ["delete", ...waitVerbs] : ["delete"];
  const members = objects.map((object) => objectPart(object, outlives(object) ? [] : removed));
  const ofChart = [...(isChart ? [releasePart] : []), ...chartHooks.map(chartHookPart)];
  const parts = [...before, ...ofChart, ...members, ...health, ...after];
  return {
    to: step.to,
    objects,
    chartHooks,
    kinds: parts.flatMap((part) => part.kinds),
    needs: parts.flatMap((part) => part.needs),
    accesses: parts.flatMap((part) => part.accesses),
    upset: {
      anything: before.some((part) => part.upset.anything),
      objects: before.flatMap((part) => part.upset.objects),
    },
  };
}

/** helm keeps what it knows of a release in a Secret for each revision, and lets the oldest go. */
const releasePart: Part = {
  kinds: [],
  needs: ["get", "list", "create", "update", "patch", "delete"].map((verb) => ({ ...SECRET, verb })),
  accesses: [],
  upset: NOTHING,
};

/** As a chart says it of an object (helm.sh/docs/howto/charts_tips_and_tricks). */
function isKeptByHelm({ metadata }: KubeObject): boolean {
  return metadata.annotations?.["helm.sh/resource-policy"] === "keep";
}

/** helm waits until hooks have done their work, and until what it takes away is gone, by a look at all of their kind. */
const waitVerbs = ["list", "watch"];

/** Applied and looked at. @param removed what must be allowed when it goes with the service, or because a later version has it no more */
function objectPart(object: KubeObject, removed: readonly string[]): Part {
  const ref = refOf(object);
  return targetPart(ref, ["get", "create", "patch", ...removed], objectName(ref));
}

/** Made by helm, before which one of an earlier time is taken away. Its kind may be brought by the hook before it. */
function chartHookPart(object: KubeObject): Part {
  const ref = refOf(object);
  return { ...targetPart(ref, ["create", "patch", "delete", ...waitVerbs], objectName(ref)), kinds: [] };
}

function hookPart(hook: Hook, { scope }: PlannedStep): Part {
  const by = `hook ${hook.name}`;
  const named = <T extends ObjectReference | ObjectSelection>(target: T): T => {
    const rendered: object = renderObjectTemplate({ ...target }, scope, "manifest");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is rendered has the target's form
    return rendered as T;
  };
  switch (hook.action) {
    case "delete": {
      const target = named(hook.target);
      const verbs = target.name === undefined ? ["get", "list", "delete"] : ["get", "delete"];
      // A kind that the cluster does not have, has nothing to delete either.
      return { ...touching(targetPart(target, verbs, by)), kinds: [] };
    }
    case "apply":
      return joined(renderManifests(hook.objects, scope).map((object) => touching(targetPart(refOf(object), ["create", "patch"], by))));
    case "patch":
      // A JSON patch looks first whether it was made already.
      return touching(targetPart(named(hook.target), hook.type === "json" ? ["get", "patch"] : ["patch"], by));
    case "scale":
      return touching(targetPart(named(hook.target), ["get", "patch"], by));
    case "job": {
      const job = renderObjectTemplate(hook.job, scope, "manifest");
      const metadata = job["metadata"];
      const namespace = typeof metadata === "object" && metadata !== null && "namespace" in metadata ? metadata["namespace"] : undefined;
      const place = typeof namespace === "string" ? { namespace } : {};
      return {
        kinds: [{ ...JOB, by }],
        // Taken away with the instance.
        needs: ["get", "create", "delete"].map((verb) => ({ ...JOB, ...place, verb })),
        accesses: [],
        upset: { anything: true, objects: [] },
      };
    }
    case "wait":
      return targetPart(named(hook.target), ["get"], by);
    case "migrateStorage":
      return {
        kinds: [],
        needs: [
          { ...CRD, name: hook.crd, verb: "get" },
          { ...CRD, name: hook.crd, subresource: "status", verb: "patch" },
        ],
        // Every object of it, wherever it is, is read and written anew.
        accesses: ["list", "update"].map((verb) => ({ ...customResource(hook.crd), verb })),
        // Versions in which objects are stored cannot be dropped before.
        upset: { anything: false, objects: [{ ...CRD, name: hook.crd }] },
      };
  }
}

function targetPart(
  target: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string; readonly name?: string },
  verbs: readonly string[],
  by: string,
): Part {
  const { apiVersion, kind, namespace, name } = target;
  const place = namespace === undefined ? {} : { namespace };
  const named = name === undefined ? {} : { name };
  return {
    kinds: [{ apiVersion, kind, by }],
    needs: verbs.map((verb) => ({ apiVersion, kind, ...place, ...(waitVerbs.includes(verb) ? {} : named), verb })),
    accesses: [],
    upset: NOTHING,
  };
}

/** What a CustomResourceDefinition is named after: `<plural>.<group>`. */
function customResource(crd: string): Pick<ResourceAccess, "group" | "resource"> {
  const [resource = "", ...group] = crd.split(".");
  return { group: group.join("."), resource };
}

function touching(part: Part): Part {
  return { ...part, upset: { anything: false, objects: part.needs } };
}

function joined(parts: readonly Part[]): Part {
  return {
    kinds: parts.flatMap(({ kinds }) => kinds),
    needs: parts.flatMap(({ needs }) => needs),
    accesses: parts.flatMap(({ accesses }) => accesses),
    upset: { anything: false, objects: parts.flatMap(({ upset }) => upset.objects) },
  };
}
