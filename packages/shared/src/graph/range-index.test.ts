import * as fc from "fast-check";
import semver from "semver";
import { describe, expect, it } from "vitest";
import { VersionIndex } from "./range-index.ts";

const arbitraryVersion = fc
  .tuple(fc.nat(2), fc.nat(3), fc.nat(3), fc.constantFrom("", "", "", "-rc.1", "-rc.2", "-alpha"))
  .map(([major, minor, patch, prerelease]) => `${major}.${minor}.${patch}${prerelease}`);

const arbitraryComparator = fc
  .tuple(fc.constantFrom("", "=", ">", ">=", "<", "<=", "^", "~"), arbitraryVersion)
  .map(([operator, version]) => operator + version);

const arbitraryRange = fc.oneof(
  fc.constantFrom("*", "", "1.x", "1.2.x", ">=1.2", "<1.3", "^1", "~1.2", ">=1.1 <1.3", "1.0 - 1.2", "<0.0.0"),
  arbitraryComparator,
  fc.tuple(arbitraryComparator, arbitraryComparator).map((pair) => pair.join(" ")),
  fc.tuple(arbitraryComparator, arbitraryComparator).map((pair) => pair.join(" || ")),
);

describe("VersionIndex", () => {
  it.each(["state", "choice"] as const)("finds the versions that semver finds one by one (%s)", (use) => {
    fc.assert(
      fc.property(fc.uniqueArray(arbitraryVersion, { minLength: 1, maxLength: 20 }), arbitraryRange, (versions, range) => {
        const ascending = versions.toSorted(semver.compare);
        const index = new VersionIndex(ascending.map((version) => new semver.SemVer(version)));
        const expected = ascending.filter((version) => semver.satisfies(version, range, { includePrerelease: use === "state" }));
        expect(index.within(range, use).map((found) => ascending[found])).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds nothing in what is no range", () => {
    expect(new VersionIndex([new semver.SemVer("1.0.0")]).within("not a range", "state")).toEqual([]);
  });
});
