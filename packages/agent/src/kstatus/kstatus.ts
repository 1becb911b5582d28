/**
 * Readiness of one object by the rules of kstatus (sigs.k8s.io/cli-utils/pkg/kstatus): what `kubectl wait`-like tools and GitOps controllers agree on.
 */
import { conditionOf, numberAt, stringAt } from "../fields/mod.ts";
import type { KubeObject } from "../kube/mod.ts";

export type Readiness =
  | { readonly state: "Current" }
  | { readonly state: "InProgress" | "Failed" | "Terminating" | "NotFound"; readonly message: string };

const current: Readiness = { state: "Current" };
const inProgress = (message: string): Readiness => ({ state: "InProgress", message });
const failed = (message: string): Readiness => ({ state: "Failed", message });

/** Readiness of an object as read from the API server; undefined = it does not exist. */
export function readiness(object: KubeObject | undefined): Readiness {
  if (object === undefined) return { state: "NotFound", message: "does not exist" };
  if (object.metadata.deletionTimestamp !== undefined) return { state: "Terminating", message: "is being deleted" };
  const view = new View(object);
  return rules[`${object.kind}.${group(object.apiVersion)}`]?.(view) ?? generic(view);
}

function group(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** An object of a kind that has no type here. */
class View {
  readonly #object: KubeObject;

  constructor(object: KubeObject) {
    this.#object = object;
  }

  get generation(): number | undefined {
    return this.#object.metadata.generation;
  }

  number(part: "spec" | "status", field: string, otherwise = 0): number {
    return numberAt(this.#object, part, field) ?? otherwise;
  }

  text(...path: readonly string[]): string {
    return stringAt(this.#object, ...path) ?? "";
  }

  condition(type: string): ReturnType<typeof conditionOf> {
    return conditionOf(this.#object, type);
  }

  /** Where a rolling update stops (StatefulSet). */
  get partition(): number | undefined {
    return numberAt(this.#object, "spec", "updateStrategy", "rollingUpdate", "partition");
  }

  /** The controller has not looked at the latest spec yet. */
  get unobserved(): boolean {
    const observed = numberAt(this.#object, "status", "observedGeneration");
    return observed !== undefined && this.generation !== undefined && observed < this.generation;
  }
}

const notObserved = inProgress("its controller has not seen the latest change yet");

/** Objects of unknown kinds: the conditions of kstatus, else Current as soon as they exist. */
function generic(view: View): Readiness {
  if (view.unobserved) return notObserved;
  const stalled = view.condition("Stalled");
  if (stalled?.status === "True") return failed(stalled.message || stalled.reason);
  const reconciling = view.condition("Reconciling");
  if (reconciling?.status === "True") return inProgress(reconciling.message || reconciling.reason);
  const ready = view.condition("Ready");
  if (ready !== undefined && ready.status !== "True") return inProgress(ready.message || ready.reason || "is not Ready");
  return current;
}

function deployment(view: View): Readiness {
  if (view.generation !== undefined && view.number("status", "observedGeneration", -1) < view.generation) return notObserved;
  const progressing = view.condition("Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") return failed(progressing.message || "progress deadline exceeded");
  const wanted = view.number("spec", "replicas", 1);
  const replicas = view.number("status", "replicas");
  const updated = view.number("status", "updatedReplicas");
  const available = view.number("status", "availableReplicas");
  const ready = view.number("status", "readyReplicas");
  if (updated < wanted) return inProgress(`${updated} of ${wanted} replicas are updated${whyNot(view)}`);
  if (replicas > updated) return inProgress(`${replicas - updated} old replicas are still there`);
  if (available < updated) return inProgress(`${available} of ${updated} replicas are available${whyNot(view)}`);
  if (ready < wanted) return inProgress(`${ready} of ${wanted} replicas are ready`);
  return current;
}

/** Where pods are refused, as by a quota or a policy, their owner says why. */
function whyNot(view: View): string {
  const failure = view.condition("ReplicaFailure");
  return failure?.status === "True" ? `: ${failure.message || failure.reason}` : "";
}

function replicaSet(view: View): Readiness {
  if (view.unobserved) return notObserved;
  const wanted = view.number("spec", "replicas", 1);
  const ready = view.number("status", "readyReplicas");
  if (view.number("status", "replicas") > wanted) return inProgress("surplus replicas are still there");
  return ready < wanted ? inProgress(`${ready} of ${wanted} replicas are ready${whyNot(view)}`) : current;
}

function statefulSet(view: View): Readiness {
  if (view.generation !== undefined && view.number("status", "observedGeneration", -1) < view.generation) return notObserved;
  const wanted = view.number("spec", "replicas", 1);
  const ready = view.number("status", "readyReplicas");
  if (view.number("status", "replicas") > wanted) return inProgress("surplus replicas are still there");
  if (ready < wanted) return inProgress(`${ready} of ${wanted} replicas are ready`);
  if (view.text("spec", "updateStrategy", "type") === "OnDelete") return current;
  const { partition } = view;
  const updated = view.number("status", "updatedReplicas");
  const mustBeUpdated = wanted - (partition ?? 0);
  if (updated < mustBeUpdated) return inProgress(`${updated} of ${mustBeUpdated} replicas are updated`);
  if (partition === undefined && view.text("status", "currentRevision") !== view.text("status", "updateRevision")) {
    return inProgress("the update has not finished");
  }
  return current;
}

function daemonSet(view: View): Readiness {
  if (view.generation !== undefined && view.number("status", "observedGeneration", -1) < view.generation) return notObserved;
  const wanted = view.number("status", "desiredNumberScheduled", -1);
  if (wanted < 0) return inProgress("is not scheduled yet");
  const updated = view.number("status", "updatedNumberScheduled");
  const ready = Math.min(view.number("status", "numberReady"), view.number("status", "numberAvailable"));
  if (updated < wanted) return inProgress(`${updated} of ${wanted} pods are updated`);
  return ready < wanted ? inProgress(`${ready} of ${wanted} pods are ready`) : current;
}

/** A Job that serves as part of a service is current when it has completed. */
function job(view: View): Readiness {
  const failure = view.condition("Failed");
  if (failure?.status === "True") return failed(failure.message || failure.reason || "the Job failed");
  return view.condition("Complete")?.status === "True" ? current : inProgress("the Job has not completed");
}

function pod(view: View): Readiness {
  const phase = view.text("status", "phase");
  if (phase === "Succeeded") return current;
  if (phase === "Failed") return failed("the pod failed");
  return view.condition("Ready")?.status === "True" ? current : inProgress("the pod is not ready");
}

function claim(view: View): Readiness {
  return view.text("status", "phase") === "Bound" ? current : inProgress("the claim is not bound");
}

function service(view: View): Readiness {
  if (view.text("spec", "type") !== "LoadBalancer") return current;
  return view.text("spec", "clusterIP") === "" ? inProgress("no cluster IP is assigned") : current;
}

function crd(view: View): Readiness {
  const names = view.condition("NamesAccepted");
  if (names?.status === "False") return failed(names.message || names.reason);
  return view.condition("Established")?.status === "True" ? current : inProgress("the CRD is not established");
}

function disruptionBudget(view: View): Readiness {
  return view.unobserved ? notObserved : current;
}

function namespace(view: View): Readiness {
  return view.text("status", "phase") === "Terminating" ? { state: "Terminating", message: "is being deleted" } : current;
}

const rules: { readonly [kind: string]: (view: View) => Readiness } = {
  "Deployment.apps": deployment,
  "ReplicaSet.apps": replicaSet,
  "StatefulSet.apps": statefulSet,
  "DaemonSet.apps": daemonSet,
  "Job.batch": job,
  "Pod.": pod,
  "PersistentVolumeClaim.": claim,
  "Service.": service,
  "Namespace.": namespace,
  "CustomResourceDefinition.apiextensions.k8s.io": crd,
  "PodDisruptionBudget.policy": disruptionBudget,
};
