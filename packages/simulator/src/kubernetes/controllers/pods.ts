import { deleteObject } from "../endpoints/mod.ts";
import { objectField, objectItems, stringField, type ResourceType } from "../kinds/mod.ts";
import { formatTime, keyOf, type KubeObject } from "../objects/mod.ts";
import { withTimes, type Condition } from "./conditions.ts";
import { modify, setStatus, type ControllerContext } from "./controller.ts";
import { behaviourOf } from "./test-annotations.ts";

/** Scheduler and kubelet in one: a new pod is bound to the first node and runs; a deleted one goes. */
export function reconcilePod(context: ControllerContext, type: ResourceType, pod: KubeObject): void {
  const { api } = context;
  if (pod.metadata.deletionTimestamp !== undefined) {
    const { namespace, name = "" } = pod.metadata;
    deleteObject(api, type, namespace, name, { dryRun: false, gracePeriodSeconds: 0, warnings: [] });
    return;
  }
  const spec = objectField(pod, "spec");
  if (stringField(spec, "nodeName") === "") {
    // Another scheduler's, of which there is none here.
    if (stringField(spec, "schedulerName") !== "default-scheduler") return;
    const [node] = api.store.list("/nodes");
    if (node === undefined) return;
    modify(api, type, pod, "", (copy) => {
      const copied = objectField(copy, "spec");
      if (copied !== undefined) copied["nodeName"] = node.key;
    });
    return;
  }
  if (stringField(objectField(pod, "status"), "phase") !== "Pending") return;
  const { uid = "" } = pod.metadata;
  const delayMs = behaviourOf(pod.metadata.annotations).readyAfterMs ?? context.delays.workloadReadyMs;
  context.clockwork.after(delayMs, `pod/${uid}`, () => {
    const current = api.store.get(type.collection, keyOf(pod));
    if (current?.metadata.uid === uid) run(context, type, current);
  });
}

function run(context: ControllerContext, type: ResourceType, pod: KubeObject): void {
  const now = context.api.now();
  const time = formatTime(now);
  const ready = !behaviourOf(pod.metadata.annotations).neverReady;
  const status = ready ? "True" : "False";
  const conditions: Condition[] = [
    { type: "Initialized", status: "True", reason: "", message: "" },
    { type: "Ready", status, reason: ready ? "" : "ContainersNotReady", message: "" },
    { type: "ContainersReady", status, reason: ready ? "" : "ContainersNotReady", message: "" },
    { type: "PodScheduled", status: "True", reason: "", message: "" },
  ];
  const previous = objectField(pod, "status");
  setStatus(context.api, type, pod, {
    ...previous,
    phase: "Running",
    startTime: time,
    hostIP: "10.0.0.1",
    podIP: "10.244.0.2",
    podIPs: [{ ip: "10.244.0.2" }],
    conditions: withTimes(conditions, previous?.["conditions"], now).map(({ reason, message, ...condition }) => ({
      ...condition,
      ...(reason === "" ? {} : { reason }),
      ...(message === "" ? {} : { message }),
    })),
    containerStatuses: objectItems(objectField(pod, "spec"), "containers").map((container) => ({
      name: stringField(container, "name"),
      image: stringField(container, "image"),
      imageID: "",
      ready,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: time } },
      lastState: {},
    })),
  });
}
