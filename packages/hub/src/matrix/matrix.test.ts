import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { documentFixture, statusFixture } from "../fleet/agent.fixture.ts";
import { instanceKey, type InstanceKey, type InstanceView } from "../fleet/mod.ts";
import { AvailabilityMatrix } from "./matrix.ts";

const documents = [
  documentFixture("1.0.0", ["1.1.0", "1.2.0"], ["2.0.0"]),
  documentFixture("1.1.0", ["1.2.0"], ["2.0.0", "not-semver"]),
  documentFixture("1.0.0", ["3.0.0"], [], "external-dns"),
];

function instance(name: string, service: string, version: string | undefined, document: number | undefined, current = true): InstanceView {
  const found = document === undefined ? undefined : documents[document];
  const digest = `digest-${document}`;
  const { version: _version, ...status } = statusFixture({
    service,
    ...(current && found !== undefined ? { availabilityDigest: digest } : {}),
  });
  return {
    cluster: "alpha",
    namespace: "default",
    name,
    status: { ...status, ...(version === undefined ? {} : { version }) },
    progressedAtMs: 0,
    ...(found === undefined ? {} : { availability: { digest, document: found } }),
  };
}

describe("AvailabilityMatrix", () => {
  it("says who runs a version, who could go to it and who could not", () => {
    const matrix = new AvailabilityMatrix();
    matrix.replace(undefined, instance("a", "cert-manager", "1.0.0", 0));
    matrix.replace(undefined, instance("b", "cert-manager", "1.1.0", 1));
    expect(matrix.services()).toEqual(["cert-manager"]);
    expect(matrix.rows("cert-manager").map(({ version, counts }) => [version, counts.installed, counts.reachable, counts.blocked])).toEqual(
      [
        ["2.0.0", 0, 0, 2],
        ["1.2.0", 0, 2, 0],
        ["1.1.0", 1, 1, 0],
        ["1.0.0", 1, 0, 0],
        ["not-semver", 0, 0, 1],
      ],
    );
    expect(matrix.rows("cert-manager")[1]?.reachable).toMatchObject([
      { name: "a", steps: 1 },
      { name: "b", steps: 1 },
    ]);
    expect(matrix.knows("cert-manager", "2.0.0")).toBe(true);
    expect(matrix.knows("cert-manager", "9.0.0")).toBe(false);
    expect(matrix.knows("nothing", "1.0.0")).toBe(false);
  });

  it("leaves out what does not belong to the reported state, or to the service", () => {
    const matrix = new AvailabilityMatrix();
    matrix.replace(undefined, instance("old", "cert-manager", "1.0.0", 0, false));
    matrix.replace(undefined, instance("foreign", "cert-manager", "1.0.0", 2));
    expect(matrix.rows("cert-manager").map(({ version }) => version)).toEqual(["1.0.0"]);
    expect(matrix.rows("external-dns")).toEqual([]);
  });

  it("is, after any changes, the one that is made anew", () => {
    const view = fc
      .tuple(
        fc.constantFrom("a", "b", "c", "d"),
        fc.constantFrom("cert-manager", "external-dns"),
        fc.constantFrom("1.0.0", "1.1.0", undefined),
        fc.constantFrom(0, 1, 2, undefined),
        fc.boolean(),
        fc.boolean(),
      )
      .map(([name, service, version, document, current, gone]) => ({ gone, view: instance(name, service, version, document, current) }));
    fc.assert(
      fc.property(fc.array(view, { maxLength: 30 }), (changes) => {
        const kept = new AvailabilityMatrix();
        const now = new Map<InstanceKey, InstanceView>();
        for (const { gone, view } of changes) {
          const key = instanceKey(view);
          kept.replace(now.get(key), gone ? undefined : view);
          if (gone) {
            now.delete(key);
          } else {
            now.set(key, view);
          }
        }
        const fresh = new AvailabilityMatrix();
        for (const view of now.values()) {
          fresh.replace(undefined, view);
        }
        expect(kept.services()).toEqual(fresh.services());
        for (const service of fresh.services()) {
          expect(kept.rows(service)).toEqual(fresh.rows(service));
        }
      }),
    );
  });
});
