import { describe, expect, it } from "vitest";
import { rolloutDocumentSchema, rolloutSpecSchema } from "./spec.ts";

const MINIMAL = { action: "upgrade", service: "dns", version: "2.0.0" };

describe("a rollout's document", () => {
  it("has a default for everything that is left out", () => {
    expect(rolloutSpecSchema.parse(MINIMAL)).toMatchObject({
      selector: {},
      waves: [{ maxConcurrent: 10, soakSeconds: 0 }],
      failureBudget: { count: 0 },
      progressDeadlineSeconds: 600,
      offline: "Defer",
      onFailure: "Pause",
      unreachable: "Refuse",
    });
  });

  it.each<[what: string, changes: object, path: string, message: string]>([
    ["an unknown field", { maxConcurent: 3 }, "", "unknown field maxConcurent; known are"],
    ["an unknown field of a wave", { waves: [{ maxConcurent: 3 }] }, "waves.0", "unknown field maxConcurent; known are maxConcurrent,"],
    ["an unknown action", { action: "restart" }, "action", "Invalid option"],
    ["neither version nor range", { version: undefined }, "version", "upgrade needs either version or versionRange"],
    ["both", { versionRange: "^1" }, "version", "upgrade needs either version or versionRange"],
    ["no range", { version: undefined, versionRange: "new" }, "versionRange", "is not a range of versions"],
    ["an installation of nothing", { action: "install" }, "instance", "install needs the instance"],
    [
      "a version to configure",
      { action: "configure", instance: { namespace: "a", name: "b" } },
      "version",
      "configure has no target version",
    ],
    [
      "a way back from a removal",
      { action: "remove", version: undefined, onFailure: "Rollback" },
      "onFailure",
      "remove cannot be rolled back",
    ],
    [
      "a configuration that reaches a prototype",
      { action: "install", instance: { namespace: "a", name: "b", config: JSON.parse('{"constructor":1}') } },
      "instance.config",
      "constructor",
    ],
    [
      "a configuration that fits into no intent",
      { action: "install", instance: { namespace: "a", name: "b", config: { a: "x".repeat(70_000) } } },
      "instance.config",
      "at most 64 KiB",
    ],
    [
      "a label that is none",
      { action: "install", instance: { namespace: "a", name: "b", labels: { "a b": "c" } } },
      "instance.labels.a b",
      "Invalid key",
    ],
    ["no wave", { waves: [] }, "waves", "Too small"],
    ["two waves for the rest", { waves: [{}, {}] }, "waves", "only one wave can take all clusters that are left"],
    ["two waves of one name", { waves: [{ name: "a", clusters: { count: 1 } }, { name: "a" }] }, "waves", "two waves are called a"],
    ["a wave with another's place as its name", { waves: [{ name: "2", clusters: { count: 1 } }, {}] }, "waves", "two waves are called 2"],
    [
      "a version of a target to remove",
      { action: "remove", version: undefined, targets: [{ cluster: "a", version: "1.0.0" }] },
      "targets",
      "remove has no target version",
    ],
    [
      "a look at what was removed",
      { action: "remove", version: undefined, waves: [{ verify: "instance.ready" }] },
      "waves",
      "remove leaves nothing that verify could look at",
    ],
    ["per cent that are nothing", { waves: [{ clusters: { percent: 0 } }] }, "waves.0.clusters.percent", "must be more than 0"],
    ["a selector that is none", { selector: { labels: "a=(" } }, "selector.labels", "expected"],
    ["an expression that is none", { waves: [{ verify: "instance." }] }, "waves.0.verify", "instance."],
    ["an expression about something else", { waves: [{ verify: "values.a" }] }, "waves.0.verify", "values"],
    ["a window that never opens", { windows: [{ cron: "0 0 30 2 *", duration: "1h" }] }, "windows", "names a day that does not exist"],
    ["a wave of nobody", { waves: [{ clusters: { count: 0 } }] }, "waves.0.clusters.count", "Too small"],
    ["a share of another kind", { waves: [{ clusters: "all" }] }, "waves.0.clusters", 'must be {"count": n}'],
  ])("refuses %s, and says where and why", (_case, changes, path, message) => {
    const { error } = rolloutSpecSchema.safeParse(JSON.parse(JSON.stringify({ ...MINIMAL, ...changes })));
    expect(error?.issues.map((issue) => [issue.path.join("."), issue.message])).toContainEqual([path, expect.stringContaining(message)]);
  });

  it("is a document of this API", () => {
    const document = { apiVersion: "portolan.dev/v1alpha1", kind: "Rollout", metadata: { name: "one" }, spec: MINIMAL };
    expect(rolloutDocumentSchema.safeParse(document).success).toBe(true);
    expect(rolloutDocumentSchema.safeParse({ ...document, metadata: { name: "One" } }).success).toBe(false);
    expect(rolloutDocumentSchema.safeParse({ ...document, kind: "Upgrade" }).success).toBe(false);
  });
});
