import semver from "semver";
import type { Version, VersionRange } from "./model.ts";

/** A semantic version (semver.org) in its one spelling: no leading `v`, no spaces. */
export function isVersion(text: string): boolean {
  const parsed = semver.parse(text);
  if (parsed === null) return false;
  const build = parsed.build.length === 0 ? "" : `+${parsed.build.join(".")}`;
  return `${parsed.version}${build}` === text;
}

/** A range that npm's `semver` package reads. */
export function isVersionRange(text: string): boolean {
  return semver.validRange(text) !== null;
}

/** Total order: SemVer's precedence, then build metadata, which precedence ignores. */
export function compareVersions(a: Version, b: Version): number {
  return semver.compareBuild(a, b);
}

/**
 * Whether a version that exists is in a range. A prerelease counts as a version like any other (`1.5.0-rc.1` is in `>=1.4`), unlike in npm,
 * where ranges choose what to install.
 */
export function versionInRange(version: Version, range: VersionRange): boolean {
  return semver.satisfies(version, range, { includePrerelease: true });
}
