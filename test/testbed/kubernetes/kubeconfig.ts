/** A kubeconfig with one cluster and one user, as JSON, which every YAML parser reads. */
export function renderKubeconfig({
  url,
  caCertificate,
  token,
}: {
  readonly url: string;
  /** PEM. */
  readonly caCertificate: string;
  readonly token: string;
}): string {
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "testbed",
        cluster: { server: url, "certificate-authority-data": Buffer.from(caCertificate).toString("base64") },
      },
    ],
    users: [{ name: "testbed", user: { token } }],
    contexts: [{ name: "testbed", context: { cluster: "testbed", user: "testbed", namespace: "default" } }],
    "current-context": "testbed",
  };
  return `${JSON.stringify(kubeconfig, undefined, 2)}\n`;
}
