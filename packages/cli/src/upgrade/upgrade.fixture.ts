import type { Target, Upgrade } from "../client/mod.ts";

/** Values for tests. */

export function aTarget(cluster: string, state: string, more: Partial<Target> = {}): Target {
  return { cluster, namespace: "tools", name: "dns", state, from: "1.0.0", version: "1.0.0", reasons: [], ...more };
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

export function anUpgrade(targets: readonly Target[], more: Partial<Upgrade> = {}): Upgrade {
  const counts: Record<string, number> = {};
  for (const { state } of targets) {
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return {
    id: "up-1",
    service: "dns",
    version: "2.0.0",
    state: "Running",
    createdAt: "2026-01-01T00:00:00.000Z",
    counts,
    targets: [...targets],
    ...more,
  };
}
