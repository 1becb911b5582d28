import { contains } from "@portolan/agent/drift";
import { fieldsAt, listAt, stringAt } from "@portolan/agent/fields";
import { readiness } from "@portolan/agent/kstatus";
import { refOf, type KubeObject } from "@portolan/agent/kube";
import { serviceDefinitionCrd, serviceInstanceCrd } from "@portolan/agent/resources";
import type { Check, Finding } from "../finding.ts";

export const checkDefinitions: Check = async ({ kube }) =>
  await Promise.all([serviceInstanceCrd, serviceDefinitionCrd].map(async (crd) => judgeDefinition(crd, await kube.get(refOf(crd)))));

/** @param wanted as the agent of this version brings it along */
export function judgeDefinition(wanted: KubeObject, live: KubeObject | undefined): Finding {
  const { name } = wanted.metadata;
  if (live === undefined) {
    return {
      state: "error",
      message: `${name} is not there`,
      cure: "start an agent that may make CustomResourceDefinitions: it brings them along",
    };
  }
  if (live.metadata.deletionTimestamp !== undefined) {
    return {
      state: "error",
      message: `${name} is being deleted, and with it every object of its kind`,
      cure: "the services go on running; the agent makes the definition again, and instances that are restored adopt them",
    };
  }
  const found = readiness(live);
  if (found.state !== "Current") return { state: "error", message: `${name}: ${found.message}`, cure: `kubectl describe crd ${name}` };
  const missing = servedOf(wanted).filter((version) => !servedOf(live).includes(version));
  if (missing.length > 0) {
    return {
      state: "error",
      message: `${name} does not serve ${missing.join(", ")}, but ${servedOf(live).join(", ") || "no version"}`,
      cure: "start the agent again: it brings its definitions along, unless it may not write them",
    };
  }
  if (!contains(fieldsAt(live, "spec"), fieldsAt(wanted, "spec"))) {
    return {
      state: "warning",
      message: `${name} is of another version of the agent than this portolan`,
      cure: "use the portolan of the agent's version, or give the agent this one: it brings its definitions along when it starts",
    };
  }
  return { state: "ok", message: `${name} is established, and serves ${servedOf(live).join(", ")}` };
}

function servedOf(crd: KubeObject): readonly string[] {
  return listAt(crd, "spec", "versions").flatMap((version) =>
    typeof version === "object" && version !== null && "served" in version && version.served === true
      ? [stringAt(version, "name") ?? ""]
      : [],
  );
}
