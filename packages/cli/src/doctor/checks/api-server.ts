import { kubernetesVersion } from "@portolan/shared/graph";
import type { Check, Finding } from "../finding.ts";

/** Minor versions of Kubernetes 1 that the agent is tested with. */
const oldest = 34;
const newest = 37;

export const checkApiServer: Check = async ({ kube }) => [judgeVersion((await kube.version()).gitVersion)];

/** @param version as the API server says it: `v1.34.2+k3s1` */
export function judgeVersion(version: string): Finding {
  const [, minor] = /^1\.(\d+)\./u.exec(kubernetesVersion(version) ?? "") ?? [];
  if (minor === undefined) {
    return { state: "warning", message: `its version ${JSON.stringify(version)} is not understood` };
  }
  if (Number(minor) < oldest) {
    return {
      state: "error",
      message: `Kubernetes ${version} is older than 1.${oldest}`,
      cure: "upgrade the cluster: the agent relies on what that version has",
    };
  }
  if (Number(minor) > newest) {
    return {
      state: "warning",
      message: `Kubernetes ${version} is newer than 1.${newest}, the newest that the agent was tested with`,
    };
  }
  return { state: "ok", message: `Kubernetes ${version}` };
}
