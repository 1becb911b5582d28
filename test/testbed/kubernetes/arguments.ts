/** The command lines of a control plane's programs. */

/** What the loops of the controllers may ask of an API server that serves nobody else. */
const UNTHROTTLED = ["--kube-api-qps=500", "--kube-api-burst=1000"];

/**
 * What makes Deployments, StatefulSets, DaemonSets and Jobs work, and objects go away. Autoscalers keep to their bounds, as nothing
 * serves metrics. No node-lifecycle controller: kwok's nodes would have to renew their leases.
 */
const CONTROLLERS = [
  "clusterrole-aggregation-controller",
  "cronjob-controller",
  "daemonset-controller",
  "deployment-controller",
  "disruption-controller",
  "endpointslice-controller",
  "garbage-collector-controller",
  "horizontal-pod-autoscaler-controller",
  "job-controller",
  "namespace-controller",
  "replicaset-controller",
  "serviceaccount-controller",
  "statefulset-controller",
  "ttl-after-finished-controller",
];

export function apiserverArguments({
  port,
  etcdUrl,
  etcdPrefix,
  certificateFolder,
  serviceAccountKeyFile,
  tokenFile,
}: {
  readonly port: number;
  readonly etcdUrl: string;
  /** Starts with a slash. */
  readonly etcdPrefix: string;
  /** The API server makes its own certificate and writes it there. */
  readonly certificateFolder: string;
  readonly serviceAccountKeyFile: string;
  readonly tokenFile: string;
}): readonly string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    `--etcd-prefix=${etcdPrefix}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${certificateFolder}`,
    // The Service "kubernetes" would get an endpoint, which a loopback address may not be.
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${serviceAccountKeyFile}`,
    `--service-account-signing-key-file=${serviceAccountKeyFile}`,
    `--token-auth-file=${tokenFile}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.0.0.0/24",
    // No kubelet mounts a ServiceAccount's token, and no controller would take the taint off a new node.
    "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
    "--profiling=false",
  ];
}

export function controllerManagerArguments({ kubeconfig }: { readonly kubeconfig: string }): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${CONTROLLERS.join(",")}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--profiling=false",
    // No autoscaler is looked at before that has passed; by default 15 s.
    "--horizontal-pod-autoscaler-sync-period=1s",
    ...UNTHROTTLED,
  ];
}

export function schedulerArguments({ kubeconfig }: { readonly kubeconfig: string }): readonly string[] {
  return [`--kubeconfig=${kubeconfig}`, "--leader-elect=false", "--secure-port=0", "--profiling=false", ...UNTHROTTLED];
}

export function kwokArguments({ kubeconfig, stages }: { readonly kubeconfig: string; readonly stages: string }): readonly string[] {
  return [`--kubeconfig=${kubeconfig}`, `--config=${stages}`, "--manage-all-nodes=true"];
}
