/** Deploys plain manifests by server-side apply, as an ApplySet whose parent is the ServiceInstance. */
export { applySetId } from "./apply-set.ts";
export { manifestsDeployer } from "./deployer.ts";
export { DuplicateMemberError } from "./members.ts";
export { isNewerDefinition } from "./newer-definitions.ts";
export { addFinalizer, dropMetadata, memberKinds } from "./parent.ts";
