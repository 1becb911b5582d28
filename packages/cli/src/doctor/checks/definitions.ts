import { readiness } from "@portolan/agent/kstatus";
import { refOf, type KubeObject } from "@portolan/agent/kube";
import { serviceDefinitionCrd, serviceInstanceCrd } from "@portolan/agent/resources";
import type { Check, Finding } from "../finding.ts";

export const checkDefinitions: Check = async ({ kube }) =>
  await Promise.all(
    [serviceInstanceCrd, serviceDefinitionCrd].map(async (crd) => judgeDefinition(crd.metadata.name, await kube.get(refOf(crd)))),
  );

export function judgeDefinition(name: string, live: KubeObject | undefined): Finding {
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
  return found.state === "Current"
    ? { state: "ok", message: `${name} is established` }
    : { state: "error", message: `${name}: ${found.message}`, cure: `kubectl describe crd ${name}` };
}
