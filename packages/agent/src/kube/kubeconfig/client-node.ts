/** All that is used of the library, so that a bundle leaves out the rest. */
export { KubeConfig } from "@kubernetes/client-node";
