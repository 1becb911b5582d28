import type { Cluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";

/** Something that the API server refuses for now. */
export interface Gate {
  open(): Promise<void>;
}

const CLOSED = "the test does not let this be done here yet";

const job = (namespace: string) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { namespace, name: "probe" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "registry.invalid/none:1" }] } } },
});

/** Has the API server answer 403 to everyone who makes a Job in a namespace: an agent comes to the point where it is about to start one, and no further. */
export async function closeGateForJobs(cluster: Pick<Cluster, "kubectl">, namespace: string): Promise<Gate> {
  const { kubectl } = cluster;
  return await closeGate(cluster, namespace, { group: "batch", resource: "jobs", operation: "CREATE" }, async () => {
    await kubectl(["create", "--dry-run=server", "-f", "-"], job(namespace));
  });
}

/** The same for every change, or every deletion, of a Deployment that is there. */
export async function closeGateForDeployment(
  cluster: Pick<Cluster, "kubectl">,
  namespace: string,
  name: string,
  operation: "UPDATE" | "DELETE",
): Promise<Gate> {
  const { kubectl } = cluster;
  const ref = [`deployment/${name}`, `--namespace=${namespace}`, "--dry-run=server"];
  return await closeGate(cluster, namespace, { group: "apps", resource: "deployments", operation }, async () => {
    await kubectl(operation === "DELETE" ? ["delete", ...ref] : ["annotate", ...ref, "portolan.test/probe=1", "--overwrite"]);
  });
}

interface Refused {
  readonly group: string;
  readonly resource: string;
  readonly operation: string;
}

/** Refuses an operation in a namespace; `probe` does it without an effect, and rejects while it is refused. */
async function closeGate(
  { kubectl }: Pick<Cluster, "kubectl">,
  namespace: string,
  { group, resource, operation }: Refused,
  probe: () => Promise<void>,
): Promise<Gate> {
  const name = `no-${resource}-${operation.toLowerCase()}.${namespace}.portolan.test`;
  const policy = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: [{ apiGroups: [group], apiVersions: ["v1"], operations: [operation], resources: [resource] }] },
      // Forbidden and not Invalid: what is invalid stays so, and nobody would try it again.
      validations: [{ expression: "false", reason: "Forbidden", message: CLOSED }],
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
      await probe();
      return "";
    } catch (error) {
      return String(error);
    }
  };
  for (const object of [policy, binding]) {
    await kubectl(["apply", "-f", "-"], object);
  }
  // A policy takes effect a moment after it was written.
  await eventually(`${operation} of ${resource} is refused`, refusal, (answer) => answer.includes(CLOSED));
  return {
    open: async () => {
      await kubectl(["delete", `validatingadmissionpolicybinding/${name}`, `validatingadmissionpolicy/${name}`]);
      await eventually(`${operation} of ${resource} is let in`, refusal, (answer) => answer === "");
    },
  };
}
