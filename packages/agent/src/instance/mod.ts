/** One ServiceInstance: what is known about it, what is decided, what is done. Decisions are pure (`decide.ts`); all I/O is behind `gather.ts` and the actions. */
export { boundServices } from "./bound-services.ts";
export { instanceEvents, type InstanceEvents } from "./events.ts";
export { Gatherer } from "./gather.ts";
export { MemberWatches } from "./member-watches.ts";
export { Preflights } from "./preflights.ts";
export { namespacePatienceMs } from "./remove.ts";
export { Reconciler } from "./reconciler.ts";
export { SecretWatches } from "./secret-watches.ts";
