import { isNoKindMatch, refOf } from "@portolan/agent/kube";
import { serviceInstancePolicy, serviceInstancePolicyBinding } from "@portolan/agent/resources";
import type { Check, Finding } from "../finding.ts";

export const checkAdmission: Check = async ({ kube }) => {
  try {
    const found = await Promise.all(
      [serviceInstancePolicy, serviceInstancePolicyBinding].map(async (object) => await kube.get(refOf(object))),
    );
    return [judgeAdmission(found.every((object) => object !== undefined))];
  } catch (error) {
    if (isNoKindMatch(error)) return [judgeAdmission(false)];
    throw error;
  }
};

export function judgeAdmission(isThere: boolean): Finding {
  return isThere
    ? { state: "ok", message: "mistakes in instances are refused at kubectl apply" }
    : {
        state: "warning",
        message: "there is no policy that refuses mistakes in instances at kubectl apply; the agent tells of them in conditions",
        cure: "let the agent write ValidatingAdmissionPolicies: portolan catalog rbac prints the role",
      };
}
