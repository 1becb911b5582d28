import semver from "semver";

/** The release that is installed when none is found, and that the tests run against. */
export const NATS_SERVER_VERSION = "2.15.2";

/** The oldest release line that the tests are run against as well. */
export const NATS_SERVER_COMPATIBILITY_VERSION = "2.10.27";

/** 2.10 brought consumers with several filter subjects and metadata on streams. */
export const NATS_SERVER_MINIMUM_VERSION = "2.10.0";

/** The version in the output of `nats-server --version`: "nats-server: v2.15.2". */
export function parseVersionOutput(output: string): string | undefined {
  return /^nats-server: v(\S+)/u.exec(output)?.[1];
}

/** Whether a server of this version serves: the very version that was asked for, else any new enough. */
export function isAcceptable(version: string, requested: string | undefined): boolean {
  return requested === undefined ? semver.gte(version, NATS_SERVER_MINIMUM_VERSION) : semver.eq(version, requested);
}

/** What isAcceptable asks for, for people. */
export function describeRequirement(requested: string | undefined): string {
  return requested === undefined ? `${NATS_SERVER_MINIMUM_VERSION} or newer is needed` : `${requested} is needed`;
}
