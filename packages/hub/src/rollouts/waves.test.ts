import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FleetFixture, specFixture } from "./fleet.fixture.ts";
import { assignWaves, waveOfJoining } from "./waves.ts";

const labels: { readonly [cluster: string]: { readonly [key: string]: string } } = {
  a: { env: "test" },
  b: { env: "test" },
  c: { env: "prod" },
};
const labelsOf = (cluster: string) => labels[cluster] ?? {};

function share(waves: readonly object[], names = ["a", "b", "c", "d"]) {
  const fleet = new FleetFixture();
  for (const name of names) {
    fleet.add(name);
  }
  return assignWaves(specFixture({ waves }), [...fleet.clusters()], labelsOf);
}

const told = (waves: readonly object[]) => {
  const found = share(waves);
  return "waves" in found
    ? [...found.waves]
        .map(([name, wave]) => `${name}${wave}`)
        .toSorted()
        .join(" ")
    : `${found.problem.code}: ${found.problem.message}`;
};

describe("assignWaves", () => {
  it.each<[string, readonly object[], string]>([
    ["all of them without a share", [{}], "a0 b0 c0 d0"],
    ["counts in their order, and the rest", [{ clusters: { count: 1 } }, {}], "a0 b1 c1 d1"],
    ["percentages of all, rounded up", [{ clusters: { percent: 1 } }, { clusters: { percent: 50 } }, {}], "a0 b1 c1 d2"],
    ["who is named first", [{ clusters: { count: 1 } }, { clusters: { selector: { labels: "env=test" } } }, {}], "a1 b1 c0 d2"],
    ["nobody to a wave when none are left", [{ clusters: { count: 4 } }, { clusters: { count: 1 } }], "a0 b0 c0 d0"],
    [
      "nobody twice",
      [{ name: "first", clusters: { selector: { clusters: ["b"] } } }, { clusters: { selector: { labels: "env=test" } } }, {}],
      "OverlappingWaves: the waves first and 2 both choose the cluster b",
    ],
    [
      "nobody to no wave",
      [{ clusters: { count: 3 } }],
      "NoWave: no wave takes the cluster d; end with a wave without clusters, which takes the rest",
    ],
  ])("gives %s", (_case, waves, expected) => {
    expect(told(waves)).toBe(expected);
  });

  it("gives every cluster to one wave, whatever the shares", () => {
    const part = fc.oneof(fc.record({ count: fc.integer({ min: 1, max: 9 }) }), fc.record({ percent: fc.integer({ min: 1, max: 100 }) }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.integer({ min: 1, max: 30 }), (shares, count) => {
        const names = Array.from({ length: count }, (_, index) => `c${index}`);
        const found = share([...shares.map((clusters) => ({ clusters })), {}], names);
        expect("waves" in found ? [...found.waves.keys()].toSorted() : found).toEqual(names.toSorted());
      }),
    );
  });
});

describe("waveOfJoining", () => {
  const cluster = new FleetFixture().add("a").cluster("a");
  it.each([
    [[{ clusters: { selector: { labels: "env=test" } } }, {}], 0, 0],
    [[{ clusters: { selector: { labels: "env=test" } } }, {}], 1, 1],
    [[{ clusters: { count: 1 } }, {}, { clusters: { count: 1 } }], 0, 1],
    [[{ clusters: { count: 1 } }, { clusters: { count: 1 } }], 0, 1],
  ])("of %j while wave %d is under way is %d", (waves, current, expected) => {
    expect(cluster === undefined ? undefined : waveOfJoining(specFixture({ waves }), cluster, labelsOf, current)).toBe(expected);
  });
});
