import { decodeInstanceReport } from "@portolan/shared/wire";
import { describe, expect, it } from "vitest";
import { annotations, type Operation, type ServiceInstance } from "../resources/mod.ts";
import { instanceReport, tombstone } from "./instance-report.ts";

const reporter = { cluster: "north", incarnation: { clusterUid: "uid-1", registrationId: "r1" } };

const operation: Operation = {
  id: "0a1b2c3d",
  kind: "Upgrade",
  plan: [{ from: "1.0.0", to: "2.0.0", upgrader: "to-2", direction: "upgrade", disruptive: true, irreversible: false, digest: "d1" }],
  planHash: "h",
  generation: 3,
  inputs: { config: { secret: "never on the wire" } },
  cursor: { step: 0, action: "before/backup", attempt: 2 },
  startedAt: "2030-01-01T00:00:00.000Z",
  message: "Job apps/x is running",
};

function instanceWith(parts: { metadata?: object; spec?: object; status?: object } = {}): ServiceInstance {
  const time = "2030-01-01T00:00:00.000Z";
  return {
    apiVersion: "portolan.dev/v1alpha1",
    kind: "ServiceInstance",
    metadata: {
      namespace: "apps",
      name: "one",
      uid: "u1",
      generation: 3,
      creationTimestamp: time,
      labels: { team: "a" },
      ...parts.metadata,
    },
    spec: { service: "web", version: "2.0.0", ...parts.spec },
    status: {
      observedGeneration: 3,
      phase: "Upgrading",
      phaseChangedAt: time,
      version: "1.0.0",
      conditions: [
        { type: "Ready", status: "False", reason: "Progressing", message: "step 1 of 1", observedGeneration: 3, lastTransitionTime: time },
      ],
      ...parts.status,
    },
  };
}

function read(instance: ServiceInstance) {
  const { value } = decodeInstanceReport(instanceReport(reporter, instance).payload);
  if (value.content.type !== "status") throw new Error("expected a status");
  return { ...value, status: value.content.status };
}

describe("the report of an instance", () => {
  it("says what the fleet needs to know, and nothing of the configuration", () => {
    const { payload, leftOut } = instanceReport(reporter, instanceWith({ status: { operation } }));
    expect(leftOut).toEqual([]);
    expect(Buffer.from(payload).toString("latin1")).not.toContain("never on the wire");
    expect(read(instanceWith({ status: { operation } }))).toMatchObject({
      cluster: "north",
      namespace: "apps",
      name: "one",
      status: {
        uid: "u1",
        phase: "Upgrading",
        version: "1.0.0",
        targetVersion: "2.0.0",
        ready: false,
        reason: "Progressing",
        message: "step 1 of 1",
        labels: { team: "a" },
        operation: {
          kind: "upgrade",
          step: 0,
          action: "before/backup",
          attempt: 2,
          steps: [{ from: "1.0.0", to: "2.0.0", upgrader: "to-2" }],
        },
        changedAtUnixMs: Date.UTC(2030, 0, 1),
      },
    });
  });

  it.each([
    ["for the generation of now", { observedGeneration: 3 }, true],
    ["not for an older one", { observedGeneration: 2 }, false],
  ])("says Ready %s", (_, parts, ready) => {
    const conditions = [
      { type: "Ready", status: "True", reason: "Installed", message: "", lastTransitionTime: "2030-01-01T00:00:00Z", ...parts },
    ];
    expect(read(instanceWith({ status: { conditions } })).status.ready).toBe(ready);
  });

  it("says of an instance that the agent has not looked at yet that it was discovered", () => {
    const instance = { ...instanceWith(), status: undefined };
    const { status: _, ...without } = instance;
    expect(read(without).status).toMatchObject({
      phase: "Discovered",
      observedGeneration: 0,
      ready: false,
      changedAtUnixMs: Date.UTC(2030, 0, 1),
    });
  });

  it("shows a change of configuration without hops, because it has none", () => {
    const configure: Operation = {
      ...operation,
      kind: "Configure",
      plan: [{ to: "1.0.0", from: "1.0.0", direction: "configure", disruptive: false, irreversible: false, digest: "d" }],
    };
    expect(read(instanceWith({ status: { operation: configure } })).status.operation).toMatchObject({ kind: "configure", steps: [] });
  });

  describe("that is too large for the wire", () => {
    const labels = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`label-${index}`, "x"]));
    const wide: Operation = { ...operation, plan: Array.from({ length: 40 }, () => operation.plan).flat() };
    const report = (parts: Parameters<typeof instanceWith>[0]) => {
      const instance = instanceWith(parts);
      return { leftOut: instanceReport(reporter, instance).leftOut, status: read(instance).status };
    };

    it("leaves out labels, and says so", () => {
      expect(report({ metadata: { labels }, status: { operation } })).toMatchObject({
        leftOut: ["labels"],
        status: { labels: {}, operation: { id: "0a1b2c3d" } },
      });
    });

    it("leaves out the operation too when it still does not fit", () => {
      const { leftOut, status } = report({ metadata: { labels }, status: { operation: wide } });
      expect(leftOut).toEqual(["labels", "operation"]);
      expect(status).not.toHaveProperty("operation");
    });

    it("does not claim to have left out what was not there", () => {
      expect(report({ metadata: { labels: {} }, status: { operation: wide } }).leftOut).toEqual(["operation"]);
      expect(report({ metadata: { labels } }).leftOut).toEqual(["labels"]);
    });
  });

  it("cuts texts of any length, also those that anyone may write into an annotation", () => {
    const metadata = { annotations: { [annotations.intent]: "x".repeat(5_000) } };
    const status = { operation: { ...operation, message: "y".repeat(9_000) } };
    const sent = read(instanceWith({ metadata, status })).status;
    expect(sent.intentId?.length).toBe(256);
    expect(sent.operation?.message?.length).toBe(4096);
  });

  it("ends with a tombstone for this very object", () => {
    const { value } = decodeInstanceReport(tombstone(reporter, { namespace: "apps", name: "one", uid: "u1" }));
    expect(value).toMatchObject({ namespace: "apps", name: "one", content: { type: "tombstone", uid: "u1" } });
  });
});
