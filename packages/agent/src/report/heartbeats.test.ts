import { decodeHeartbeat, type IntentState } from "@portolan/shared/wire";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeBus } from "./bus.fixture.ts";
import { Heartbeats, type HeartbeatContent } from "./heartbeats.ts";
import { Outbox } from "./outbox.ts";

const logger = pino({ level: "silent" });
const reporter = { cluster: "north", incarnation: { clusterUid: "uid-1", registrationId: "r1" } };

let bus: FakeBus;
let sent: Uint8Array[];
let content: HeartbeatContent;
let heartbeats: Heartbeats;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "Date"] });
  bus = new FakeBus();
  sent = [];
  content = { intentRevision: 0, intents: [], catalogProblems: [] };
  const outbox = new Outbox(bus, logger);
  vi.spyOn(outbox, "send").mockImplementation((_, payload) => void sent.push(payload));
  outbox.put("a", Buffer.from("1"));
  heartbeats = new Heartbeats({
    reporter,
    agentVersion: "1.2.3",
    intervalMs: 3_000,
    outbox,
    content: () => content,
    logger,
    now: Date.now,
  });
});

afterEach(() => {
  heartbeats.stop();
  vi.useRealTimers();
});

const last = () => decodeHeartbeat(sent.at(-1) ?? new Uint8Array()).value;

describe("heartbeats", () => {
  it("come at once, and then steadily", async () => {
    heartbeats.start();
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(sent).toHaveLength(4);
    expect(last()).toMatchObject({
      cluster: "north",
      agentVersion: "1.2.3",
      intervalMs: 3_000,
      reportsCount: 1,
      incarnation: reporter.incarnation,
    });
    expect(last().startedAtUnixMs).toBe(last().sentAtUnixMs - 9_000);
  });

  it("carry what is so when they are sent", async () => {
    heartbeats.start();
    content = { ...content, intentRevision: 9, refusal: { code: "OldRevision", message: "" }, facts: { kubernetesVersion: "v1.37.2" } };
    await vi.advanceTimersByTimeAsync(3_000);
    expect(last()).toMatchObject({ intentRevision: 9, refusal: { code: "OldRevision" }, facts: { kubernetesVersion: "v1.37.2" } });
  });

  it("come in between when asked for, once for all that changed together", async () => {
    heartbeats.start();
    heartbeats.request();
    heartbeats.request();
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(2);
  });

  it("do not come before they are started, nor after they were stopped", async () => {
    heartbeats.request();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toHaveLength(0);
    heartbeats.start();
    heartbeats.request();
    heartbeats.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toHaveLength(1);
  });

  it("lose their words before they grow too large, and keep every state", () => {
    const intents = Array.from({ length: 500 }, (_, index): IntentState => ({
      id: `i${index}`,
      namespace: "apps",
      name: `n${index}`,
      phase: "Failed",
      reason: { code: "JobFailed", message: "x".repeat(2_000) },
    }));
    content = { ...content, intents, catalogProblems: ["broken"] };
    heartbeats.start();
    expect(last().intents).toHaveLength(500);
    expect(last().intents[499]).toMatchObject({ phase: "Failed", reason: { code: "JobFailed", message: "" } });
  });

  it("never end the agent: one that cannot be encoded is left out", async () => {
    content = { ...content, facts: { kubernetesVersion: "x".repeat(10_000) } };
    heartbeats.start();
    expect(sent).toHaveLength(0);
    content = { ...content, facts: { kubernetesVersion: "v1.37.2" } };
    await vi.advanceTimersByTimeAsync(3_000);
    expect(sent).toHaveLength(1);
  });
});
