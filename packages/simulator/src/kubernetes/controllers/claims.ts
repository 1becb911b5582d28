import { objectField, PVC_PROTECTION, stringField, type ResourceType } from "../kinds/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { modify, setStatus, type ControllerContext } from "./controller.ts";

/** A new claim finds its volume at once. */
export function reconcileClaim(context: ControllerContext, type: ResourceType, claim: KubeObject): void {
  if (claim.metadata.deletionTimestamp !== undefined) {
    release(context, type, claim);
    return;
  }
  if (stringField(objectField(claim, "status"), "phase") !== "Pending") return;
  const spec = objectField(claim, "spec");
  if (stringField(spec, "volumeName") === "") {
    modify(context.api, type, claim, "", (copy) => {
      const copied = objectField(copy, "spec");
      if (copied !== undefined) copied["volumeName"] = `pvc-${claim.metadata.uid ?? ""}`;
    });
  }
  const capacity = objectField(objectField(spec, "resources"), "requests");
  setStatus(context.api, type, claim, {
    phase: "Bound",
    ...(spec?.["accessModes"] === undefined ? {} : { accessModes: spec["accessModes"] }),
    ...(capacity === undefined ? {} : { capacity }),
  });
}

/** No pod of a workload is real here, so none uses the claim. */
function release(context: ControllerContext, type: ResourceType, claim: KubeObject): void {
  modify(context.api, type, claim, "", (copy) => {
    const rest = (copy.metadata.finalizers ?? []).filter((finalizer) => finalizer !== PVC_PROTECTION);
    if (rest.length > 0) copy.metadata.finalizers = rest;
    else delete copy.metadata.finalizers;
  });
}
