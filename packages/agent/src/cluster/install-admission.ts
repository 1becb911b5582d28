/** Brings the policy into the cluster by which the API server refuses ServiceInstances that can never work. */
import type { Logger } from "pino";
import { KubeError, type KubeClient } from "../kube/mod.ts";
import { AGENT_MANAGER, serviceInstancePolicy, serviceInstancePolicyBinding } from "../resources/mod.ts";

/** The agent judges every spec itself, so it runs without the policy too: what kept it from being installed is logged. */
export async function installAdmission(kube: KubeClient, logger: Logger, signal: AbortSignal): Promise<void> {
  try {
    if (!(await kube.groupVersions({ signal })).has(serviceInstancePolicy.apiVersion)) {
      logger.info("the cluster has no ValidatingAdmissionPolicies: what is wrong with a ServiceInstance is said by its conditions only");
      return;
    }
    for (const object of [serviceInstancePolicy, serviceInstancePolicyBinding]) {
      await kube.apply(object, { fieldManager: AGENT_MANAGER, force: true, signal });
    }
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    logger.warn(
      { err: error },
      "the admission policy was not installed: what is wrong with a ServiceInstance is said by its conditions only",
    );
  }
}
