import type { Cluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";

/** Something that the API server refuses for now. */
export interface Gate {
  open(): Promise<void>;
}

const job = (namespace: string) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { namespace, name: "probe" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "registry.invalid/none:1" }] } } },
});

/**
 * Has the API server answer 403 to everyone who makes a Job in a namespace, until the gate is opened: an agent comes to the point where
 * it is about to start one, and no further.
 */
export async function closeGateForJobs(cluster: Pick<Cluster, "kubectl">, namespace: string): Promise<Gate> {
  const { kubectl } = cluster;
  const name = `no-jobs.${namespace}.portolan.test`;
  const policy = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: [{ apiGroups: ["batch"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["jobs"] }] },
      // Forbidden and not Invalid: what is invalid stays so, and nobody would try it again.
      validations: [{ expression: "false", reason: "Forbidden", message: "the test lets no Job be made here yet" }],
    },
  };
  const binding = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ["Deny"],
      matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
    },
  };
  const refusal = async (): Promise<string> => {
    try {
      return await kubectl(["create", "--dry-run=server", "-f", "-"], job(namespace));
    } catch (error) {
      return String(error);
    }
  };
  for (const object of [policy, binding]) {
    await kubectl(["apply", "-f", "-"], object);
  }
  // A policy takes effect a moment after it was written.
  await eventually("Jobs are refused", refusal, (answer) => answer.includes("the test lets no Job be made here yet"));
  return {
    open: async () => {
      await kubectl(["delete", `validatingadmissionpolicybinding/${name}`, `validatingadmissionpolicy/${name}`]);
      await eventually("Jobs are let in", refusal, (answer) => answer.includes("created"));
    },
  };
}
