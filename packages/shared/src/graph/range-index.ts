import semver from "semver";
import type { Comparator, Range, SemVer } from "semver";
import type { VersionRange } from "../catalog/mod.ts";

/**
 * What a range is asked for. `state`: which versions that exist are in it; a prerelease is a version like any other, so that it can be
 * left. `choice`: which versions to go to; as in npm, a prerelease only where the range names one of the same version, so that none is
 * entered by accident.
 */
export type RangeUse = "state" | "choice";

/** Finds the versions of a list that are in a range by binary search, which matters where a thousand ranges meet a thousand versions. */
export class VersionIndex {
  /** Ascending by precedence. */
  readonly #versions: readonly SemVer[];

  constructor(versions: readonly SemVer[]) {
    this.#versions = versions;
  }

  /** Indexes, ascending, of the versions in the range; none when it is no valid range. */
  within(text: VersionRange, use: RangeUse): readonly number[] {
    const range = parseRange(text, use);
    if (range === undefined) return [];
    const found = new Set<number>();
    for (const comparators of range.set) {
      const [first, end] = this.#interval(comparators);
      for (let index = first; index < end; index += 1) if (use === "state" || this.#mayChoose(index, range)) found.add(index);
    }
    return range.set.length === 1 ? [...found] : [...found].sort((a, b) => a - b);
  }

  #mayChoose(index: number, range: Range): boolean {
    const version = this.#versions[index];
    return version !== undefined && (version.prerelease.length === 0 || range.test(version));
  }

  /** Comparators that all hold are an interval of the ordered versions. */
  #interval(comparators: readonly Comparator[]): readonly [first: number, end: number] {
    let first = 0;
    let end = this.#versions.length;
    for (const { operator, semver: bound } of comparators) {
      // `*` is a comparator without a version.
      if (!(bound instanceof semver.SemVer)) continue;
      switch (operator) {
        case ">=":
          first = Math.max(first, this.#firstNotBelow(bound));
          break;
        case ">":
          first = Math.max(first, this.#firstAbove(bound));
          break;
        case "<":
          end = Math.min(end, this.#firstNotBelow(bound));
          break;
        case "<=":
          end = Math.min(end, this.#firstAbove(bound));
          break;
        case "":
        case "=":
          first = Math.max(first, this.#firstNotBelow(bound));
          end = Math.min(end, this.#firstAbove(bound));
          break;
      }
    }
    return [first, end];
  }

  #firstNotBelow(bound: SemVer): number {
    return this.#search((version) => version.compare(bound) >= 0);
  }

  #firstAbove(bound: SemVer): number {
    return this.#search((version) => version.compare(bound) > 0);
  }

  /** First index for which a condition holds that, once true, stays true. */
  #search(holds: (version: SemVer) => boolean): number {
    let low = 0;
    let high = this.#versions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const version = this.#versions[middle];
      if (version !== undefined && holds(version)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const MAX_CACHED = 20_000;
const cache = new Map<string, Range | undefined>();

/** Parsing a range costs more than searching a thousand versions for it, and the same ranges come again with every cluster. */
function parseRange(text: VersionRange, use: RangeUse): Range | undefined {
  const key = `${use}:${text}`;
  if (cache.has(key)) return cache.get(key);
  const range = semver.validRange(text) === null ? undefined : new semver.Range(text, { includePrerelease: use === "state" });
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(key, range);
  return range;
}
