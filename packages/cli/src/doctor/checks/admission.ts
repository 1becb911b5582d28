import { contains } from "@portolan/agent/drift";
import { fieldsAt } from "@portolan/agent/fields";
import { isNoKindMatch, refOf, type KubeObject } from "@portolan/agent/kube";
import { serviceInstancePolicy, serviceInstancePolicyBinding } from "@portolan/agent/resources";
import type { Check, Finding } from "../finding.ts";

const wanted = [serviceInstancePolicy, serviceInstancePolicyBinding];

export const checkAdmission: Check = async ({ kube }) => {
  try {
    return [judgeAdmission(await Promise.all(wanted.map(async (object) => await kube.get(refOf(object)))))];
  } catch (error) {
    if (isNoKindMatch(error)) return [judgeAdmission([])];
    throw error;
  }
};

/** @param live the policy and its binding, where they are there */
export function judgeAdmission(live: readonly (KubeObject | undefined)[]): Finding {
  const cure = "let the agent write ValidatingAdmissionPolicies, and start it again: portolan catalog rbac prints the role";
  const missing = wanted.filter((_, index) => live[index] === undefined).map(({ kind }) => kind);
  if (missing.length > 0) {
    return {
      state: "warning",
      message: `mistakes in instances are not refused at kubectl apply, but told of in conditions: there is no ${missing.join(" and no ")} ${serviceInstancePolicy.metadata.name}`,
      cure,
    };
  }
  const changed = wanted.filter((object, index) => !contains(fieldsAt(live[index], "spec"), fieldsAt(object, "spec")));
  if (changed.length > 0) {
    return {
      state: "warning",
      message: `the ${changed.map(({ kind }) => kind).join(" and the ")} ${serviceInstancePolicy.metadata.name} is not as this version has it: what is refused at kubectl apply differs`,
      cure,
    };
  }
  return { state: "ok", message: "mistakes in instances are refused at kubectl apply" };
}
