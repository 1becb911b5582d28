import type { ResolveContext } from "./model.ts";

/** A cluster without neighbours, in which only what a test is about has to be said. */
export function aContext(parts: Partial<ResolveContext> = {}): ResolveContext {
  return { cluster: { name: "test", kubernetesVersion: "v1.34.2", labels: {} }, neighbours: [], config: {}, ...parts };
}
