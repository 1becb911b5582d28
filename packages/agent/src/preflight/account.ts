/** Whether the account with whose rights an instance's service is to be looked after can be used at all. */
import { isForbidden, type KubeClient } from "../kube/mod.ts";
import type { ServiceInstance } from "../resources/mod.ts";
import type { Finding } from "./model.ts";

/** @param own the agent's own client: it is the agent who needs the right to act in the account's name */
export async function accountFindings(own: KubeClient, { metadata, spec }: ServiceInstance): Promise<readonly Finding[]> {
  const { namespace } = metadata;
  const { serviceAccountName: name } = spec;
  if (name === undefined) return [];
  const account = `${namespace}/${name}`;
  if (!(await own.isAllowed({ verb: "impersonate", group: "", resource: "serviceaccounts", namespace, name }))) {
    const message = `the agent may not impersonate the ServiceAccount ${account}: it needs the verb impersonate on serviceaccounts there`;
    return [{ code: "ImpersonationForbidden", message }];
  }
  if (await exists(own, namespace, name)) return [];
  return [{ code: "ServiceAccountNotFound", message: `spec.serviceAccountName: there is no ServiceAccount ${account}` }];
}

async function exists(own: KubeClient, namespace: string, name: string): Promise<boolean> {
  try {
    return (await own.get({ apiVersion: "v1", kind: "ServiceAccount", namespace, name }, { metadataOnly: true })) !== undefined;
  } catch (error) {
    // An agent that may impersonate the account need not be able to see it. Without the account nobody has given it any rights.
    if (isForbidden(error)) return true;
    throw error;
  }
}
