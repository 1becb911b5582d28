import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IntentDocument } from "@portolan/shared/wire";
import { ACKNOWLEDGED, acknowledge, decideDocument, NOTHING_STORED, repeated, type DocumentState, type IntentContent } from "./decide.ts";

const incarnation = { clusterUid: "uid", registrationId: "" };
const empty: IntentContent = { labels: {}, catalogSet: [], intents: [] };
const gold: IntentContent = { ...empty, labels: { tier: "gold" } };

function stored(content: IntentContent, revision = 100, changes: Partial<IntentDocument> = {}) {
  return { sequence: 7, document: { cluster: "alpha", incarnation, revision, issuedAtUnixMs: 1, ...content, ...changes } };
}

function state(changes: Partial<DocumentState> = {}): DocumentState {
  return {
    desired: gold,
    stored: stored(gold),
    cluster: { incarnation, revision: 100 },
    acknowledgement: ACKNOWLEDGED,
    nowMs: 50,
    ...changes,
  };
}

describe("decideDocument", () => {
  it.each<[string, Partial<DocumentState>, string]>([
    ["what should be said stands there", {}, "None"],
    ["nothing stands there", { stored: NOTHING_STORED }, "Missing"],
    [
      "nothing stands there and nothing is to be said",
      { stored: NOTHING_STORED, desired: empty, cluster: { incarnation, revision: 0 } },
      "None",
    ],
    ["nothing stands there, and the agent still follows an older document", { stored: NOTHING_STORED, desired: empty }, "Missing"],
    ["something foreign stands there", { stored: { sequence: 3 }, desired: empty, cluster: { incarnation, revision: 0 } }, "Missing"],
    ["the cluster was rebuilt", { cluster: { incarnation: { ...incarnation, clusterUid: "other" }, revision: 0 } }, "OtherIncarnation"],
    ["something else is to be said", { desired: empty }, "OtherContent"],
    ["the agent was behind once", { acknowledgement: { behind: 1, repeats: 0, notBeforeMs: 0 } }, "None"],
    ["the agent was behind twice", { acknowledgement: { behind: 2, repeats: 0, notBeforeMs: 0 } }, "NotAcknowledged"],
    ["the agent is behind, but was told again a moment ago", { acknowledgement: { behind: 2, repeats: 1, notBeforeMs: 51 } }, "None"],
  ])("when %s", (_case, changes, expected) => {
    const decision = decideDocument(state(changes));
    expect(decision.action === "None" ? "None" : decision.reason).toBe(expected);
  });

  it("does not mind the order of labels", () => {
    const desired = { ...empty, labels: { a: "1", b: "2" } };
    expect(decideDocument(state({ desired, stored: stored({ ...empty, labels: { b: "2", a: "1" } }) })).action).toBe("None");
  });

  it("lets revisions only grow, whatever the clock says and whoever forgot", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (own, reported, nowMs) => {
        const decision = decideDocument(
          state({ desired: empty, stored: stored(gold, own), cluster: { incarnation, revision: reported }, nowMs }),
        );
        expect(decision).toMatchObject({ action: "Publish", expectedSequence: 7, revision: Math.max(own, reported, nowMs) + 1 });
      }),
    );
  });
});

describe("a revision that an agent makes up", () => {
  it("does not use up all that there are", () => {
    const decision = decideDocument(state({ desired: empty, cluster: { incarnation, revision: Number.MAX_SAFE_INTEGER }, nowMs: 1_000 }));
    expect(decision).toMatchObject({ action: "Publish", revision: 1_001 });
  });
});

describe("acknowledge", () => {
  it("counts heartbeats in a row that name another revision", () => {
    const once = acknowledge(ACKNOWLEDGED, { revision: 99, storedRevision: 100 });
    const twice = acknowledge(once, { revision: 101, storedRevision: 100 });
    expect([once.behind, twice.behind]).toEqual([1, 2]);
    expect(acknowledge(twice, { revision: 100, storedRevision: 100 })).toEqual(ACKNOWLEDGED);
  });

  it("waits longer after every repeat", () => {
    const first = repeated({ behind: 2, repeats: 0, notBeforeMs: 0 }, { nowMs: 1_000, intervalMs: 3_000 });
    const second = repeated({ ...first, behind: 2 }, { nowMs: 1_000, intervalMs: 3_000 });
    expect([first.notBeforeMs, second.notBeforeMs]).toEqual([4_000, 7_000]);
  });
});
