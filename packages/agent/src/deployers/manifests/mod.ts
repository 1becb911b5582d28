/** Deploys plain manifests by server-side apply, as an ApplySet whose parent is the ServiceInstance. */
export { applySetId, groupKind } from "./apply-set.ts";
export { manifestsDeployer } from "./deployer.ts";
export { ensureNamespace, neverPruned, union } from "./deploy.ts";
export { DuplicateMemberError } from "./members.ts";
export { definedVersions, isNewerDefinition } from "./newer-definitions.ts";
export { observe as observeMembers } from "./observe.ts";
export { addFinalizer, dropMetadata, kindsOf, memberKinds, writeParent } from "./parent.ts";
export { neverRemoved } from "./remove.ts";
export { termsFor } from "./terms.ts";
