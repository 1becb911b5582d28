/** Deploys plain manifests by server-side apply, as an ApplySet whose parent is the ServiceInstance. */
export { applySetId } from "./apply-set.ts";
export { deploy, ensureNamespace } from "./deploy.ts";
export { DuplicateMemberError, manifestsInstaller, membersOf, UnsupportedDeployerError } from "./members.ts";
export { observe, type Observation } from "./observe.ts";
export { addFinalizer, dropMetadata, memberKinds } from "./parent.ts";
export { orphan, uninstall } from "./remove.ts";
