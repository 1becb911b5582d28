import { describe, expect, it } from "vitest";
import { quickDocument, type QuickRollout } from "./quick-document.ts";

const NOW = 1_764_165_600_000;
const quick: QuickRollout = { action: "upgrade", service: "dns", version: "2.0.0", selector: {}, acceptRisks: [] };

describe("quickDocument", () => {
  it("leaves to the hub what was not said, and finds a name that is new", () => {
    const document = quickDocument(quick, NOW);
    expect(document.spec).toEqual({ action: "upgrade", service: "dns", version: "2.0.0", selector: {} });
    expect(document.metadata.name).toMatch(/^upgrade-dns-2-0-0-[a-z0-9]{6}$/u);
    expect(quickDocument(quick, NOW + 1).metadata.name).not.toBe(document.metadata.name);
    const long = quickDocument({ ...quick, service: "s".repeat(63), version: "1.0.0+Build_7" }, NOW).metadata.name;
    expect(long).toMatch(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/u);
  });

  it("makes a first wave of a canary, and a last one that somebody approves", () => {
    const { spec } = quickDocument(
      { ...quick, canary: "10%", soakSeconds: 60, maxConcurrent: 5, approval: ["owner"], failureBudget: "2" },
      NOW,
    );
    expect(spec["waves"]).toEqual([
      { name: "canary", clusters: { percent: 10 }, maxConcurrent: 5, soakSeconds: 60 },
      { name: "rest", maxConcurrent: 5, approval: { roles: ["owner"] } },
    ]);
    expect(spec["failureBudget"]).toEqual({ count: 2 });
  });

  it("takes a range instead of a version", () => {
    expect(
      quickDocument({ action: "upgrade", service: "dns", versionRange: ">=2 <3", selector: {}, acceptRisks: [] }, NOW).spec,
    ).toMatchObject({ versionRange: ">=2 <3" });
  });

  it("says what is installed, and what becomes of what is removed", () => {
    const instance = { namespace: "dns", name: "main", config: { zones: [] } };
    expect(quickDocument({ ...quick, action: "install", instance }, NOW).spec).toMatchObject({
      action: "install",
      version: "2.0.0",
      instance,
    });
    const removal = quickDocument({ action: "remove", service: "dns", selector: {}, acceptRisks: [], deletionPolicy: "Orphan" }, NOW);
    expect(removal.spec).toEqual({ action: "remove", service: "dns", selector: {}, deletionPolicy: "Orphan" });
    expect(removal.metadata.name).toMatch(/^remove-dns-[a-z0-9]{6}$/u);
  });
});
