/**
 * From a release that people have installed with helm to the instance that would stand for it: so that a cluster that is full of releases
 * comes into the care of an agent without an object being changed. What an agent does with such an instance, its helm deployer knows.
 */
export { assess, type Assessment, type AssessmentCode, type AssessmentInput } from "./assess.ts";
export { findReleases, type ReleaseInCluster } from "./find-releases.ts";
export type { NamedSecret, NewSecret } from "./kept-secrets.ts";
export { readNamedSecrets } from "./read-named-secrets.ts";
export type { Proposal } from "./propose.ts";
