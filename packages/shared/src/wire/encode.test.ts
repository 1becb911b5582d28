import { describe, expect, it } from "vitest";

import { clip, encodeHeartbeat, encodeInstanceReport, encodeIntentDocument, MESSAGE_LIMITS, TEXT_LIMITS, WireError } from "./mod.ts";
import type { Heartbeat, InstanceReport, InstanceStatus, Intent, IntentDocument } from "./mod.ts";

const incarnation = { clusterUid: "uid", registrationId: "" };
const status: InstanceStatus = {
  uid: "u",
  service: "dns",
  generation: 1,
  observedGeneration: 1,
  phase: "Ready",
  ready: true,
  labels: {},
  ignoresFleet: false,
  changedAtUnixMs: 1,
};
const heartbeat: Heartbeat = {
  cluster: "a",
  incarnation,
  agentVersion: "1",
  sentAtUnixMs: 1,
  startedAtUnixMs: 1,
  intervalMs: 1,
  reportsDigest: "0".repeat(64),
  reportsCount: 0,
  intentRevision: 0,
  intents: [],
  catalogProblems: [],
};

function report(change: Partial<InstanceStatus>): InstanceReport {
  return { cluster: "a", incarnation, namespace: "n", name: "x", content: { type: "status", status: { ...status, ...change } } };
}

function refusal(encode: () => unknown): WireError | undefined {
  try {
    encode();
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
}

describe("what is too large to be sent is refused by name", () => {
  it("a text", () => {
    const message = "x".repeat(TEXT_LIMITS.message + 1);
    expect(refusal(() => encodeInstanceReport(report({ message })))).toMatchObject({ code: "TooLarge", field: "status.message" });
    expect(refusal(() => encodeInstanceReport(report({ message: clip(message) })))).toBeUndefined();
  });

  it("a report as a whole", () => {
    const labels = Object.fromEntries(Array.from({ length: 128 }, (_, index) => [`${index}`.padEnd(317, "k"), "v".repeat(256)]));
    expect(refusal(() => encodeInstanceReport(report({ labels })))).toMatchObject({ code: "TooLarge", field: "" });
  });

  it("a list", () => {
    const labels = Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`${index}`, ""]));
    expect(refusal(() => encodeInstanceReport(report({ labels })))).toMatchObject({ code: "TooLarge", field: "status.labels" });
  });

  it("an intent document of more than 256 KiB", () => {
    const intent: Intent = {
      id: "i",
      namespace: "n",
      name: "x",
      mode: "Apply",
      service: "s",
      action: "Move",
      version: "1.0.0",
      reason: "r".repeat(TEXT_LIMITS.message),
      acceptRisks: [],
    };
    const document: IntentDocument = {
      cluster: "a",
      incarnation,
      revision: 1,
      issuedAtUnixMs: 1,
      labels: {},
      catalogSet: [],
      intents: Array.from({ length: 100 }, () => intent),
    };
    expect(refusal(() => encodeIntentDocument(document))).toMatchObject({ code: "TooLarge", field: "" });
    const fits = encodeIntentDocument({ ...document, intents: document.intents.slice(0, 60) });
    expect(fits.length).toBeLessThanOrEqual(MESSAGE_LIMITS.intentDocument);
  });
});

describe("what a decoder would refuse is not sent", () => {
  it.each([
    ["a cluster name that is no DNS label", { cluster: "Not_A.Label" }, "InvalidField", "cluster"],
    ["a cluster name of 64 characters", { cluster: "x".repeat(64) }, "TooLarge", "cluster"],
    ["no cluster name", { cluster: "" }, "MissingField", "cluster"],
    ["a revision that is no integer", { intentRevision: 1.5 }, "Malformed", "intentRevision"],
    ["a negative time", { sentAtUnixMs: -1 }, "Malformed", "sentAtUnixMs"],
    ["a count over 32 bits", { reportsCount: 2 ** 32 }, "Malformed", "reportsCount"],
    ["a digest that is none", { reportsDigest: "abc" }, "InvalidField", "reportsDigest"],
    ["an incarnation without a UID", { incarnation: { clusterUid: "", registrationId: "" } }, "MissingField", "incarnation.clusterUid"],
    ["an empty line of a list", { catalogProblems: ["a", ""] }, "MissingField", "catalogProblems[1]"],
  ])("%s", (_name, change: Partial<Heartbeat>, code, field) => {
    expect(refusal(() => encodeHeartbeat({ ...heartbeat, ...change }))).toMatchObject({ code, field });
  });
});

it("equal labels give equal bytes, whatever their order", () => {
  const one = encodeInstanceReport(report({ labels: { a: "1", b: "2", __proto__x: "3" } }));
  const other = encodeInstanceReport(report({ labels: { __proto__x: "3", b: "2", a: "1" } }));
  expect(Buffer.compare(one, other)).toBe(0);
});

it("what was encoded keeps no more memory than its own", () => {
  const bytes = encodeInstanceReport(report({}));
  expect(bytes.buffer.byteLength).toBe(bytes.length);
});

describe("clip", () => {
  it("keeps what fits", () => {
    expect(clip("abc", 3)).toBe("abc");
  });

  it("shortens to the limit, and does not cut a character in two", () => {
    expect(clip("abcd", 3)).toBe("ab…");
    expect(clip("a🙂🙂", 3)).toBe("a…");
  });
});
