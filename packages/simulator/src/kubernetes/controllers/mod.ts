/**
 * The little controllers: what kube-controller-manager, the scheduler and kubelets make of objects, as
 * far as a client can see it. No pods are made for workloads: their status says what pods would.
 */
export { startClockwork, type Clockwork } from "./clockwork.ts";
export type { ControllerContext, ControllerDelays } from "./controller.ts";
export { runControllers } from "./run.ts";
