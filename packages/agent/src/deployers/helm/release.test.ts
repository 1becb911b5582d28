import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../kube/mod.ts";
import { asFailed, decodeRelease, isCarriedOver, revisionOf } from "./release.ts";

function secretOf(release: unknown, labels: Readonly<Record<string, string>> = {}): KubeObject {
  const packed = gzipSync(JSON.stringify(release)).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: "apps", name: "sh.helm.release.v1.web.v2", resourceVersion: "7", labels: { owner: "helm", ...labels } },
    data: { release: Buffer.from(packed).toString("base64") },
  };
}

const release = {
  name: "web",
  version: 2,
  info: { status: "pending-upgrade", description: "Preparing upgrade", notes: "hello" },
  chart: { metadata: { name: "web", version: "1.0.0", appVersion: "9" } },
  config: { a: 1 },
  manifest: "---\n",
};

describe("a release's Secret", () => {
  it("is read as helm wrote it", () => {
    expect(decodeRelease(secretOf(release))).toEqual({
      chartName: "web",
      chartVersion: "1.0.0",
      values: { a: 1 },
      chartValues: {},
      manifest: "---\n",
      tests: [],
      failedHooks: [],
    });
  });

  it("says how its tests went", () => {
    const hooks = [
      { name: "web-schema", kind: "Job", events: ["pre-upgrade"], last_run: { phase: "Succeeded" } },
      { name: "web-new", kind: "Pod", events: ["test"], last_run: { phase: "" } },
      { name: "web-both", kind: "Job", events: ["post-install", "test"], last_run: { phase: "Failed" } },
    ];
    expect(decodeRelease(secretOf({ ...release, hooks })).tests).toEqual([
      { kind: "Pod", name: "web-new", phase: "Unknown" },
      { kind: "Job", name: "web-both", phase: "Failed" },
    ]);
  });

  it("says which of its other hooks have failed", () => {
    const hooks = [
      { name: "web-backup", kind: "Job", events: ["pre-upgrade"], last_run: { phase: "Succeeded" } },
      { name: "web-schema", kind: "Job", events: ["pre-upgrade"], last_run: { phase: "Failed" } },
      { name: "web-later", kind: "Job", events: ["post-upgrade"], last_run: { phase: "" } },
      { name: "web-test", kind: "Pod", events: ["test"], last_run: { phase: "Failed" } },
    ];
    expect(decodeRelease(secretOf({ ...release, hooks })).failedHooks).toEqual([{ kind: "Job", name: "web-schema", phase: "Failed" }]);
  });

  it("has no values when none were given", () => {
    expect(decodeRelease(secretOf({ ...release, config: null })).values).toEqual({});
  });

  it.each([{ data: {} }, { data: { release: "AAAA" } }, { data: { release: Buffer.from("{}").toString("base64") } }])(
    "that holds something else is refused without quoting it",
    (content) => {
      expect(() => decodeRelease({ ...secretOf(release), ...content })).toThrow(
        "the Secret apps/sh.helm.release.v1.web.v2 does not hold a Helm release",
      );
    },
  );

  it("is given the status failed, and keeps everything else", () => {
    const failed = asFailed(secretOf(release, { status: "pending-upgrade", version: "2" }), "interrupted");
    expect(failed.metadata).toMatchObject({ resourceVersion: "7", labels: { owner: "helm", status: "failed", version: "2" } });
    expect(decodeRelease(failed)).toEqual(decodeRelease(secretOf(release)));
    expect(asFailed(failed, "interrupted")).toEqual(failed);
  });

  it("says by its labels what it is", () => {
    const labels = {
      status: "deployed",
      version: "12",
      modifiedAt: "1900000000",
      i: "mine",
      "portolan.dev/step": "op.0.x",
      "portolan.dev/chart": "ab",
    };
    expect(revisionOf(secretOf(release, labels), "i")).toEqual({
      secret: "sh.helm.release.v1.web.v2",
      revision: 12,
      status: "deployed",
      instance: "mine",
      step: "op.0.x",
      chart: "ab",
      changedAt: 1_900_000_000_000,
    });
    expect(revisionOf(secretOf(release, { status: "new-in-helm-9" }), "i").status).toBe("unknown");
  });

  it("was written by people when it carries the stamp of an earlier one", () => {
    const revision = revisionOf(secretOf(release, { "portolan.dev/step": "op.0.x" }), "i");
    const other = { ...revision, step: "op.0.y" };
    expect(isCarriedOver(revision, [revision])).toBe(true);
    expect(isCarriedOver(revision, [other, revision])).toBe(true);
    expect(isCarriedOver(revision, [other])).toBe(false);
    expect(isCarriedOver(revision, [])).toBe(false);
    expect(isCarriedOver(revisionOf(secretOf(release), "i"), [])).toBe(true);
  });
});
