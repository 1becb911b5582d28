/** What a hub answers, as far as tests of the command need it. */

export function aCluster(name: string, more: object = {}): object {
  return {
    name,
    state: "Online",
    labels: { env: "prod" },
    incarnation: { clusterUid: "u", registrationId: "r" },
    agentVersion: "0.1.0",
    agentStartedAt: "2026-01-01T00:00:00.000Z",
    lastSeenAt: "2026-01-01T00:00:00.000Z",
    clockSkewMs: 0,
    heartbeatIntervalMs: 3000,
    facts: { kubernetesVersion: "v1.34.2", region: "eu" },
    catalogProblems: [],
    instances: 1,
    inSync: true,
    intentDocument: { acknowledged: 0 },
    intents: [],
    ...more,
  };
}

export function anInstance(cluster: string, more: object = {}): object {
  return {
    cluster,
    namespace: "tools",
    name: "dns",
    uid: "u",
    service: "dns",
    phase: "Ready",
    version: "1.0.0",
    ready: true,
    generation: 1,
    observedGeneration: 1,
    labels: {},
    ignoresFleet: false,
    changedAt: "2026-01-01T00:00:00.000Z",
    ...more,
  };
}

export const STEP = {
  from: "1.0.0",
  to: "1.1.0",
  upgrader: "up",
  direction: "upgrade",
  disruptive: false,
  irreversible: false,
  digest: "d",
};
export const LAST_STEP = { ...STEP, from: "1.1.0", to: "2.0.0", disruptive: true };

export function aVersion(version: string, more: object = {}): object {
  return {
    service: "dns",
    version,
    counts: { installed: 0, reachable: 0, blocked: 0 },
    installed: [],
    reachable: [],
    blocked: [],
    ...more,
  };
}

export function aTarget(cluster: string, state: string, more: object = {}): object {
  return { cluster, namespace: "tools", name: "dns", wave: "1", state, from: "1.0.0", to: "2.0.0", version: "1.0.0", reasons: [], ...more };
}

const OPEN: ReadonlySet<string> = new Set([
  "Draft",
  "Checking",
  "Checked",
  "Running",
  "AwaitingApproval",
  "Paused",
  "Aborting",
  "RollingBack",
]);

/** A rollout as the stream tells it: with its targets. */
export function aRollout(phase: string, targets: readonly object[], more: object = {}): object {
  return {
    name: "one",
    uid: "ro-1",
    phase,
    spec: { action: "upgrade", service: "dns", version: "2.0.0" },
    createdAt: "2026-01-01T00:00:00.000Z",
    createdBy: "ada",
    checkHash: "c".repeat(64),
    ...(OPEN.has(phase) ? {} : { finishedAt: "2026-01-01T00:01:00.000Z" }),
    counts: { Running: targets.length },
    waves: [{ name: "1", state: "Running", counts: { Running: targets.length } }],
    targets,
    ...more,
  };
}
