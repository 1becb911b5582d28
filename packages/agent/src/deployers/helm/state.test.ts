import { describe, expect, it } from "vitest";
import type { ObjectRef } from "../../kube/mod.ts";
import type { Release, ReleaseStatus, Revision } from "./release.ts";
import { determineState, heldUntil, type Desired, type Found } from "./state.ts";

const digest = `sha256:${"a".repeat(64)}`;
const desired: Desired = { instance: "mine", chartName: "web", chartVersion: "1.2.0", digest, values: { replicas: 1 }, ignored: "none" };

function revision(status: ReleaseStatus, more: Partial<Revision> = {}): Revision {
  return { secret: "s", revision: 3, status, instance: "mine", step: "op.0.x", chart: "a".repeat(40), changedAt: 0, ...more };
}

/** helm ls: of people who know nothing of Portolan. */
const { instance: _, step: __, chart: ___, ...theirs } = revision("deployed");
const adopted: Revision = { ...theirs, instance: "mine" };

function release(more: Partial<Release> = {}): Release {
  return {
    chartName: "web",
    chartVersion: "1.2.0",
    values: { replicas: 1 },
    chartValues: {},
    manifest: "",
    tests: [],
    failedHooks: [],
    ...more,
  };
}

const object = { apiVersion: "v1", kind: "Service", namespace: "apps", name: "web" };

function found(
  newest: Revision | undefined,
  latest: Release | undefined = release(),
  drifted: readonly ObjectRef[] = [],
): Found & { readonly drifted: readonly ObjectRef[] } {
  return { history: newest === undefined ? [] : [newest, revision("superseded")], latest, drifted };
}

describe("the state of a release", () => {
  it.each<[what: string, found: ReturnType<typeof found>, desired: Desired, state: object]>([
    ["nothing there", found(undefined, undefined), desired, { state: "Absent" }],
    ["uninstalled, with its history kept", found(revision("uninstalled")), desired, { state: "Absent" }],
    ["as wished", found(revision("deployed")), desired, { state: "InSync" }],
    ["as wished, an object changed", found(revision("deployed"), release(), [object]), desired, { state: "Drifted", objects: [object] }],
    [
      "made without what is to be as the chart says",
      found(revision("deployed", { ignored: "abc" })),
      desired,
      { state: "OutOfSync", differs: ["ignored"] },
    ],
    [
      "made without what is still ignored",
      found(revision("deployed", { ignored: "abc" })),
      { ...desired, ignored: "abc" },
      { state: "InSync" },
    ],
    [
      "made with what is ignored since",
      found(revision("deployed", { ignored: "none" })),
      { ...desired, ignored: "abc" },
      { state: "InSync" },
    ],
    ["made when nobody wrote that down", found(revision("deployed")), { ...desired, ignored: "abc" }, { state: "InSync" }],
    ["being installed", found(revision("pending-install")), desired, { state: "Locked" }],
    ["being upgraded", found(revision("pending-upgrade")), desired, { state: "Locked" }],
    ["being rolled back", found(revision("pending-rollback")), desired, { state: "Locked" }],
    ["being upgraded by its people", found(revision("pending-upgrade", { instance: "theirs" })), desired, { state: "Locked" }],
    ["failed", found(revision("failed")), desired, { state: "Failed" }],
    ["left in the middle of its removal", found(revision("uninstalling")), desired, { state: "Failed" }],
    ["of a status that is not known", found(revision("unknown")), desired, { state: "Failed" }],
    ["failed, and another drift", found(revision("failed"), release(), [object]), desired, { state: "Failed" }],
    [
      "another version",
      found(revision("deployed"), release({ chartVersion: "1.1.0" })),
      desired,
      { state: "OutOfSync", differs: ["chart"] },
    ],
    ["another chart", found(revision("deployed"), release({ chartName: "other" })), desired, { state: "OutOfSync", differs: ["chart"] }],
    [
      "the same version, repackaged",
      found(revision("deployed", { chart: "b".repeat(40) })),
      desired,
      { state: "OutOfSync", differs: ["chart"] },
    ],
    [
      "a chart whose digest is not known yet",
      found(revision("deployed", { chart: "b".repeat(40) })),
      { ...desired, digest: undefined },
      { state: "InSync" },
    ],
    ["adopted, so without a chart's digest", found(adopted), desired, { state: "InSync" }],
    ["a version written with v", found(revision("deployed"), release({ chartVersion: "v1.2.0" })), desired, { state: "InSync" }],
    [
      "other values",
      found(revision("deployed"), release({ values: { replicas: 2 } })),
      desired,
      { state: "OutOfSync", differs: ["values"] },
    ],
    [
      "a value more",
      found(revision("deployed"), release({ values: { replicas: 1, more: {} } })),
      desired,
      { state: "OutOfSync", differs: ["values"] },
    ],
    [
      "another chart and other values",
      found(revision("deployed"), release({ chartVersion: "2.0.0", values: {} })),
      desired,
      { state: "OutOfSync", differs: ["chart", "values"] },
    ],
    ["gone while it was read", { history: [revision("deployed")], latest: undefined, drifted: [] }, desired, { state: "OutOfSync" }],
    [
      "another instance's",
      found(revision("deployed", { instance: "theirs" })),
      desired,
      { state: "Unmanaged", owner: "theirs", matches: true },
    ],
    ["made by people, as wished", found(theirs), desired, { state: "Unmanaged", owner: undefined, matches: true }],
    [
      "made by people, of another version",
      found(theirs, release({ chartVersion: "1.1.0" })),
      desired,
      { state: "Unmanaged", owner: undefined, matches: false },
    ],
  ])("%s", (_, what, wish, state) => {
    expect(determineState(what, wish)).toMatchObject(state);
  });
});

describe("a lock", () => {
  it.each<[whose: string, history: readonly Revision[], until: number | undefined]>([
    ["of the instance's own helm", [revision("pending-upgrade", { step: "op.1.y" }), revision("deployed")], undefined],
    [
      "of a helm that people have run: it carries the labels over",
      [revision("pending-upgrade", { changedAt: 1 }), revision("deployed")],
      1_800_001,
    ],
    [
      "of people's helm that goes back to an earlier revision, whose labels it carries",
      [revision("pending-rollback", { changedAt: 1 }), revision("deployed", { step: "op.1.y" }), revision("superseded")],
      1_800_001,
    ],
    [
      "of people's helm that goes back to a revision that is gone",
      [revision("pending-rollback", { changedAt: 1 }), revision("deployed", { step: "op.1.y" })],
      1_800_001,
    ],
    [
      "of people's helm that upgrades what people have brought back",
      [revision("pending-upgrade", { changedAt: 1 }), revision("deployed", { step: "op.1.y" }), revision("superseded")],
      1_800_001,
    ],
    ["of a release that people have made", [{ ...theirs, status: "pending-install", changedAt: 1 }], 1_800_001],
  ])("%s", (_whose, history, until) => {
    expect(heldUntil(history, "mine")).toBe(until);
  });
});

describe("a release that has failed", () => {
  const failed = revision("failed");
  it.each<[what: string, history: readonly Revision[], latest: Release, isFirst: boolean]>([
    ["its first installation was interrupted", [failed], release(), true],
    ["and every try since", [failed, failed], release(), true],
    ["what was there before was uninstalled", [failed, revision("uninstalled"), revision("superseded")], release(), true],
    ["it was deployed before", [failed, revision("deployed")], release(), false],
    ["it was deployed before that", [failed, failed, revision("superseded")], release(), false],
    ["it was being taken away", [revision("uninstalling")], release(), false],
    ["another chart is wished now, which may not have all of its objects", [failed], release({ chartVersion: "1.1.0" }), false],
    ["other values are wished now", [failed], release({ values: { replicas: 2 } }), false],
  ])("is installed anew or upgraded: %s", (_, history, latest, isFirst) => {
    expect(determineState({ history, latest, drifted: [] }, desired)).toMatchObject({ state: "Failed", isFirst });
  });
});
