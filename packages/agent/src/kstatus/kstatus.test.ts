import { describe, expect, it } from "vitest";
import type { KubeObject } from "../kube/mod.ts";
import { readiness, type Readiness } from "./kstatus.ts";

const object = (
  kind: string,
  apiVersion: string,
  parts: { readonly [field: string]: unknown } = {},
  metadata: object = {},
): KubeObject => ({
  ...parts,
  apiVersion,
  kind,
  metadata: { name: "x", namespace: "apps", generation: 2, ...metadata },
});
const condition = (type: string, status: string, reason = "", message = "") => ({ conditions: [{ type, status, reason, message }] });

const deployment = (status: object, spec: object = { replicas: 2 }) =>
  object("Deployment", "apps/v1", { spec, status: { observedGeneration: 2, ...status } });
const rolledOut = { replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2 };
const statefulSet = (status: object, spec: object = { replicas: 2 }) =>
  object("StatefulSet", "apps/v1", { spec, status: { observedGeneration: 2, ...status } });
const daemonSet = (status: object) => object("DaemonSet", "apps/v1", { status: { observedGeneration: 2, ...status } });
const custom = (status: object) => object("Boat", "example.org/v1", { status });

describe("readiness", () => {
  it.each<[what: string, object: KubeObject | undefined, state: Readiness["state"], message?: string | RegExp]>([
    ["nothing", undefined, "NotFound"],
    ["what is being deleted", object("ConfigMap", "v1", {}, { deletionTimestamp: "2030-01-01T00:00:00Z" }), "Terminating"],
    ["a ConfigMap", object("ConfigMap", "v1"), "Current"],

    ["a Deployment that nobody has looked at", object("Deployment", "apps/v1", { spec: {} }), "InProgress", /not seen the latest change/u],
    ["a Deployment whose last change was not seen", deployment({ observedGeneration: 1, ...rolledOut }), "InProgress"],
    ["a Deployment that is rolled out", deployment(rolledOut), "Current"],
    [
      "a Deployment of one replica by default",
      deployment({ replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 }, {}),
      "Current",
    ],
    ["a Deployment that is being updated", deployment({ ...rolledOut, updatedReplicas: 1 }), "InProgress", "1 of 2 replicas are updated"],
    [
      "a Deployment whose pods are refused",
      deployment({ ...rolledOut, updatedReplicas: 0, ...condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota") }),
      "InProgress",
      "0 of 2 replicas are updated: exceeded quota",
    ],
    ["a Deployment with old replicas", deployment({ ...rolledOut, replicas: 3 }), "InProgress", "1 old replicas are still there"],
    [
      "a Deployment that is not available",
      deployment({ ...rolledOut, availableReplicas: 1 }),
      "InProgress",
      "1 of 2 replicas are available",
    ],
    ["a Deployment that is not ready", deployment({ ...rolledOut, readyReplicas: 1 }), "InProgress", "1 of 2 replicas are ready"],
    ["a Deployment without replicas", deployment({}, { replicas: 0 }), "Current"],
    [
      "a Deployment that gave up",
      deployment({ ...rolledOut, ...condition("Progressing", "False", "ProgressDeadlineExceeded", "too slow") }),
      "Failed",
      "too slow",
    ],

    [
      "a StatefulSet that is rolled out",
      statefulSet({ replicas: 2, readyReplicas: 2, updatedReplicas: 2, currentRevision: "a", updateRevision: "a" }),
      "Current",
    ],
    ["a StatefulSet that is not ready", statefulSet({ replicas: 2, readyReplicas: 1 }), "InProgress", "1 of 2 replicas are ready"],
    ["a StatefulSet that is too large", statefulSet({ replicas: 3, readyReplicas: 3 }), "InProgress", /surplus/u],
    [
      "a StatefulSet between two revisions",
      statefulSet({ replicas: 2, readyReplicas: 2, updatedReplicas: 2, currentRevision: "a", updateRevision: "b" }),
      "InProgress",
    ],
    [
      "a StatefulSet that is updated up to its partition",
      statefulSet(
        { replicas: 2, readyReplicas: 2, updatedReplicas: 1, currentRevision: "a", updateRevision: "b" },
        { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
      ),
      "Current",
    ],
    [
      "a StatefulSet that is updated on deletion only",
      statefulSet({ replicas: 2, readyReplicas: 2 }, { replicas: 2, updateStrategy: { type: "OnDelete" } }),
      "Current",
    ],

    ["a DaemonSet that was not scheduled", daemonSet({}), "InProgress", /not scheduled/u],
    [
      "a DaemonSet on all nodes",
      daemonSet({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberReady: 2, numberAvailable: 2 }),
      "Current",
    ],
    ["a DaemonSet on no node", daemonSet({ desiredNumberScheduled: 0 }), "Current"],
    [
      "a DaemonSet that is being updated",
      daemonSet({ desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberReady: 2, numberAvailable: 2 }),
      "InProgress",
    ],
    [
      "a DaemonSet that is not available",
      daemonSet({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberReady: 2, numberAvailable: 1 }),
      "InProgress",
    ],

    [
      "a ReplicaSet that is not ready",
      object("ReplicaSet", "apps/v1", { spec: { replicas: 2 }, status: { observedGeneration: 2, replicas: 2, readyReplicas: 1 } }),
      "InProgress",
    ],
    ["a Job that runs", object("Job", "batch/v1", { status: {} }), "InProgress"],
    ["a Job that has completed", object("Job", "batch/v1", { status: condition("Complete", "True") }), "Current"],
    [
      "a Job that has failed",
      object("Job", "batch/v1", { status: condition("Failed", "True", "BackoffLimitExceeded") }),
      "Failed",
      "BackoffLimitExceeded",
    ],
    ["a Pod that is ready", object("Pod", "v1", { status: { phase: "Running", ...condition("Ready", "True") } }), "Current"],
    ["a Pod that waits", object("Pod", "v1", { status: { phase: "Pending" } }), "InProgress"],
    ["a Pod that has done its work", object("Pod", "v1", { status: { phase: "Succeeded" } }), "Current"],
    ["a Pod that has failed", object("Pod", "v1", { status: { phase: "Failed" } }), "Failed"],
    ["a claim that is bound", object("PersistentVolumeClaim", "v1", { status: { phase: "Bound" } }), "Current"],
    ["a claim that is not", object("PersistentVolumeClaim", "v1", { status: { phase: "Pending" } }), "InProgress"],
    ["a Service", object("Service", "v1", { spec: { type: "ClusterIP" } }), "Current"],
    ["a load balancer without an address", object("Service", "v1", { spec: { type: "LoadBalancer" } }), "InProgress"],
    ["a namespace that is going away", object("Namespace", "v1", { status: { phase: "Terminating" } }), "Terminating"],
    [
      "a CRD that is served",
      object("CustomResourceDefinition", "apiextensions.k8s.io/v1", { status: condition("Established", "True") }),
      "Current",
    ],
    ["a CRD that is not served yet", object("CustomResourceDefinition", "apiextensions.k8s.io/v1"), "InProgress"],
    [
      "a CRD whose names are taken",
      object("CustomResourceDefinition", "apiextensions.k8s.io/v1", { status: condition("NamesAccepted", "False", "Conflict", "taken") }),
      "Failed",
      "taken",
    ],
    [
      "a budget whose last change was not seen",
      object("PodDisruptionBudget", "policy/v1", { status: { observedGeneration: 1 } }),
      "InProgress",
    ],

    ["an object of an unknown kind", custom({}), "Current"],
    ["one that is Ready", custom(condition("Ready", "True")), "Current"],
    ["one that is not Ready", custom(condition("Ready", "False", "Starting", "soon")), "InProgress", "soon"],
    ["one that is reconciling", custom(condition("Reconciling", "True", "Working")), "InProgress", "Working"],
    ["one that is stalled", custom(condition("Stalled", "True", "Broken")), "Failed", "Broken"],
    ["one whose last change was not seen", custom({ observedGeneration: 1, ...condition("Ready", "True") }), "InProgress"],
    ["one of another group than the built-in kind of its name", object("Deployment", "example.org/v1"), "Current"],
    ["one whose status is nonsense", object("Boat", "example.org/v1", { status: "fine", spec: [] }), "Current"],
  ])("of %s", (_, live, state, message) => {
    const found = readiness(live);
    expect(found.state).toBe(state);
    expect("message" in found ? found.message : "").toMatch(message ?? "");
  });
});
