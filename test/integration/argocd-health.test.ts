import { readiness } from "@portolan/agent/kstatus";
import { nextConditions, type ConditionState, type InstancePhase } from "@portolan/agent/resources";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LuaFactory } from "wasmoon";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const script = join(import.meta.dirname, "../../deploy/argocd/health.lua");
const healthSchema = z.object({ status: z.enum(["Healthy", "Progressing", "Degraded", "Suspended"]), message: z.string() });

const factory = new LuaFactory();
let source: string;

beforeAll(async () => {
  source = await readFile(script, "utf8");
});

/** What Argo CD does with a health check: in a fresh state the object is `obj`, and what the script returns is the health. */
async function healthOf(object: object): Promise<z.infer<typeof healthSchema>> {
  const lua = await factory.createEngine({ enableProxy: false });
  try {
    lua.global.set("obj", object);
    return healthSchema.parse(await lua.doString(source));
  } finally {
    lua.global.close();
  }
}

interface Case {
  readonly phase?: InstancePhase;
  readonly conditions?: readonly ConditionState[];
  readonly spec?: object;
  /** Default: 2, as the generation. */
  readonly observedGeneration?: number;
}

function anInstance({ phase, conditions = [], spec = { version: "1.0.0" }, observedGeneration = 2 }: Case) {
  return {
    apiVersion: "portolan.dev/v1alpha1",
    kind: "ServiceInstance",
    metadata: { namespace: "default", name: "one", generation: 2 },
    spec: { service: "web", ...spec },
    status: {
      observedGeneration,
      ...(phase === undefined ? {} : { phase }),
      // As the agent writes them: the abnormal ones only when they are True.
      conditions: nextConditions([], conditions, observedGeneration, "2030-01-01T00:00:00Z").map((each) => ({ ...each })),
    },
  };
}

const condition = (type: ConditionState["type"], status: ConditionState["status"], reason = "Reason"): ConditionState => ({
  type,
  status,
  reason,
  message: `${type} is ${status}`,
});
const ready = condition("Ready", "True", "Installed");
const notReady = (reason?: string) => condition("Ready", "False", reason);
const reconciling = condition("Reconciling", "True");
const stalled = condition("Stalled", "True");
const phases: readonly InstancePhase[] = [
  "Discovered",
  "Installing",
  "Ready",
  "Upgrading",
  "Downgrading",
  "Configuring",
  "Failed",
  "Suspended",
  "Removing",
];

/** What Argo CD may show for each verdict of kstatus. */
const agreeing: Readonly<Record<ReturnType<typeof readiness>["state"], readonly string[]>> = {
  Current: ["Healthy", "Suspended"],
  InProgress: ["Progressing", "Suspended"],
  Failed: ["Degraded"],
  Terminating: [],
  NotFound: [],
};

describe("an instance in Argo CD", () => {
  it.each<[what: string, parts: Case, health: string]>([
    ["is Healthy when it is ready", { phase: "Ready", conditions: [ready] }, "Healthy"],
    ["progresses while it is installed", { phase: "Installing", conditions: [notReady("Progressing"), reconciling] }, "Progressing"],
    ["progresses while it is upgraded", { phase: "Upgrading", conditions: [notReady("Progressing"), reconciling] }, "Progressing"],
    [
      "progresses while its objects are not ready",
      { phase: "Ready", conditions: [notReady("ObjectsNotReady"), reconciling] },
      "Progressing",
    ],
    [
      "progresses while nobody has looked at its latest spec",
      { phase: "Ready", conditions: [ready], observedGeneration: 1 },
      "Progressing",
    ],
    ["is Degraded when it has failed", { phase: "Failed", conditions: [notReady("JobFailed"), stalled] }, "Degraded"],
    ["is Degraded when it was rolled back", { phase: "Failed", conditions: [notReady("RolledBack"), stalled] }, "Degraded"],
    ["is Degraded when its version cannot be reached", { phase: "Ready", conditions: [notReady("NoRoute"), stalled] }, "Degraded"],
    ["is Degraded when its configuration is wrong", { phase: "Discovered", conditions: [notReady("ConfigInvalid"), stalled] }, "Degraded"],
    [
      "is Suspended when its spec says so",
      { phase: "Suspended", conditions: [notReady("Suspended")], spec: { version: "1.0.0", suspend: true } },
      "Suspended",
    ],
    ["is Suspended while it waits for its window", { phase: "Ready", conditions: [notReady("WindowClosed"), reconciling] }, "Suspended"],
    [
      "is Suspended while its next step waits for a window",
      { phase: "Upgrading", conditions: [notReady("WindowClosed"), reconciling] },
      "Suspended",
    ],
    ["is Healthy when it only discovers", { phase: "Discovered", conditions: [notReady("NoVersion")], spec: {} }, "Healthy"],
    [
      "is Degraded when what it discovers is unknown",
      { phase: "Discovered", conditions: [notReady("UnknownService"), stalled], spec: {} },
      "Degraded",
    ],
    ["progresses while it is removed", { phase: "Removing", conditions: [notReady("Uninstalling"), stalled] }, "Progressing"],
  ])("%s", async (_, parts, health) => {
    const found = await healthOf(anInstance(parts));
    expect(found.status).toBe(health);
    const seen = (parts.observedGeneration ?? 2) === 2;
    expect(found.message).toBe(seen ? parts.conditions?.[0]?.message : "the agent has not seen the latest spec yet");
  });

  it("progresses before the agent has written anything", async () => {
    const { status: _, ...fresh } = anInstance({});
    expect(await healthOf(fresh)).toMatchObject({ status: "Progressing" });
    expect(await healthOf({ ...fresh, status: {} })).toMatchObject({ status: "Progressing" });
  });

  it("is never called healthy against kstatus, in any phase with any conditions", async () => {
    const optional = <T>(value: T): readonly (readonly T[])[] => [[], [value]];
    for (const phase of phases) {
      for (const first of [ready, notReady(), notReady("WindowClosed"), condition("Ready", "Unknown")]) {
        for (const second of optional(reconciling)) {
          for (const third of optional(stalled)) {
            const object = anInstance({ phase, conditions: [first, ...second, ...third] });
            const [{ status: health }, { state }] = [await healthOf(object), readiness(object)];
            const where = `${phase} ${first.status} ${first.reason}${second.length > 0 ? " Reconciling" : ""}${third.length > 0 ? " Stalled" : ""}`;
            const allowed = phase === "Removing" ? ["Progressing"] : agreeing[state];
            expect({ where, health, agrees: allowed.includes(health) }).toEqual({ where, health, agrees: true });
          }
        }
      }
    }
  });
});
