/** A transport to a real API server, found and authenticated by a kubeconfig or by the pod's own service account. */
export type { KubeContext } from "./context.ts";
export { KubeConfigError } from "./errors.ts";
export { findKubeConfig, loadKubeConfig, type KubeConfigPlace, type KubeConfigSource } from "./load.ts";
export { podKubeConfig } from "./pod.ts";
export { kubeConfigTransport, type KubeConfigTransport, type KubeConfigTransportOptions } from "./transport.ts";
