import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { label, subdomain } from "./arbitraries.test-support.ts";
import { isClusterName, nameOfToken, parseSubject, subjects, subjectToken, WireError } from "./mod.ts";

describe("subjects", () => {
  it("are named by kind, cluster, namespace and name", () => {
    expect(subjects.report("eu-1", "platform", "cert-manager.main")).toBe("portolan.v1.report.eu-1.platform.cert-manager_main");
    expect(subjects.availability("eu-1", "platform", "dns")).toBe("portolan.v1.availability.eu-1.platform.dns");
    expect(subjects.event("eu-1", "platform", "dns")).toBe("portolan.v1.event.eu-1.platform.dns");
    expect(subjects.heartbeat("eu-1")).toBe("portolan.v1.heartbeat.eu-1");
    expect(subjects.intent("eu-1")).toBe("portolan.v1.intent.eu-1");
    expect(subjects.digests("eu-1")).toBe("portolan.v1.digests.eu-1");
    expect(subjects.republish("eu-1")).toBe("portolan.v1.republish.eu-1");
    expect(subjects.catalog("a".repeat(64))).toBe(`portolan.v1.catalog.${"a".repeat(64)}`);
    expect(subjects.all("report")).toBe("portolan.v1.report.>");
    expect(subjects.allOfCluster("report", "eu-1")).toBe("portolan.v1.report.eu-1.>");
  });

  it.each(["", "a.b", "A", "a_b", "-a", "a-", "a*", ">", "a b", "ä", "x".repeat(64)])("refuse the cluster name %j", (name) => {
    expect(isClusterName(name)).toBe(false);
    expect(() => subjects.intent(name)).toThrow(WireError);
  });

  it.each(["a b", "*", "a..b", "a_b", "A", ""])("refuse the instance name %j", (name) => {
    expect(() => subjects.report("a", "n", name)).toThrow(WireError);
  });

  it("refuse a catalog that is not named by its digest", () => {
    expect(() => subjects.catalog("abc")).toThrow(WireError);
  });
});

describe("parseSubject", () => {
  it("reads back every subject", () => {
    fc.assert(
      fc.property(label, label, subdomain, fc.constantFrom("report", "availability", "event"), (cluster, namespace, name, kind) => {
        expect(parseSubject(subjects[kind](cluster, namespace, name))).toEqual({ kind, cluster, namespace, name });
      }),
    );
    fc.assert(
      fc.property(label, fc.constantFrom("heartbeat", "intent", "digests", "republish"), (cluster, kind) => {
        expect(parseSubject(subjects[kind](cluster))).toEqual({ kind, cluster });
      }),
    );
    expect(parseSubject(subjects.catalog("a".repeat(64)))).toEqual({ kind: "catalog", digest: "a".repeat(64) });
  });

  it.each([
    "",
    "portolan.v1",
    "portolan.v2.heartbeat.a",
    "portolan.v1.heartbeat",
    "portolan.v1.heartbeat.a.b",
    "portolan.v1.heartbeat.A",
    "portolan.v1.report.a.b",
    "portolan.v1.report.a.b.c.d",
    "portolan.v1.report.a.b.C",
    "portolan.v1.report.a.b.",
    "portolan.v1.catalog.abc",
    "portolan.v1.other.a",
    "$JS.API.STREAM.INFO",
  ])("gives nothing for %j", (subject) => {
    expect(parseSubject(subject)).toBeUndefined();
  });
});

it("names are tokens without loss", () => {
  fc.assert(
    fc.property(subdomain, (name) => {
      expect(subjectToken(name)).not.toContain(".");
      expect(nameOfToken(subjectToken(name))).toBe(name);
    }),
  );
});
