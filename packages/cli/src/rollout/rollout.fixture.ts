import type { Target, Rollout } from "../client/mod.ts";

/** Values for tests. */

export function aTarget(cluster: string, state: string, more: Partial<Target> = {}): Target {
  return { cluster, namespace: "tools", name: "dns", wave: "1", state, from: "1.0.0", to: "2.0.0", version: "1.0.0", reasons: [], ...more };
}

/** Two steps, 1.0.0 → 1.1.0 → 2.0.0, of which one runs. */
export function atStep(step: number, action = "deploy"): Partial<Target> {
  const flags = { upgrader: "up", direction: "upgrade", disruptive: false, irreversible: false };
  return {
    operation: {
      kind: "upgrade",
      steps: [
        { from: "1.0.0", to: "1.1.0", ...flags },
        { from: "1.1.0", to: "2.0.0", ...flags },
      ],
      step,
      action,
    },
  };
}

export function aRollout(targets: readonly Target[], more: Partial<Rollout> = {}): Rollout {
  const counts: Record<string, number> = {};
  for (const { state } of targets) {
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return {
    name: "one",
    spec: { action: "upgrade", service: "dns", version: "2.0.0" },
    phase: "Running",
    createdAt: "2026-01-01T00:00:00.000Z",
    createdBy: "ada",
    waves: [],
    counts,
    targets: [...targets],
    ...more,
  };
}
