/**
 * A transport to a real API server, found and authenticated by a kubeconfig or by the pod's own service account.
 * It stands apart from the client because @kubernetes/client-node takes most of a second to load, which nobody pays who talks to an
 * embedded API.
 */
export { KubeConfigError } from "./errors.ts";
export { loadKubeConfig, type KubeConfigSource } from "./load.ts";
export { kubeConfigTransport, type KubeConfigTransport, type KubeConfigTransportOptions } from "./transport.ts";
