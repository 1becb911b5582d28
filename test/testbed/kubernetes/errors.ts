import { describeAttempts, type Attempt } from "@portolan/simulator/program-cache";

/** No control plane's programs were found. Names everything that was tried, and how to get them. */
export class KubernetesNotFound extends Error {
  readonly code = "KUBERNETES_NOT_FOUND";
  readonly attempts: readonly Attempt[];

  constructor(attempts: readonly Attempt[]) {
    super(
      `no Kubernetes control plane found. Tried:\n${describeAttempts(attempts)}\n` +
        "Get one in one of these ways, and run again:\n" +
        "  - npx node test/testbed/kubernetes/install.ts, which builds it with Go (https://go.dev/dl; about 8 minutes on 2 cores, once)\n" +
        "  - set KUBEBUILDER_ASSETS to a folder that holds etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and kwok",
    );
    this.name = "KubernetesNotFound";
    this.attempts = attempts;
  }
}

/** A program of a control plane was started and did not become ready. */
export class ControlPlaneNotReady extends Error {
  readonly code = "CONTROL_PLANE_NOT_READY";

  constructor(controlPlane: string, reason: string, logTails: string) {
    super(`control plane ${controlPlane} did not become ready: ${reason}.\n${logTails}`);
    this.name = "ControlPlaneNotReady";
  }
}
