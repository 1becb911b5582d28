/**
 * Looks whether the steps of a plan could run here before the first one does: kinds, permissions, owners, and what the API server says to
 * the first step's objects. It changes nothing. Values, Kubernetes versions and requirements are judged before, from what is known already.
 */
export { accountFindings } from "./account.ts";
export { gatherEvidence, type PreflightRequest } from "./gather.ts";
export { judge } from "./judge.ts";
export type { Finding, FindingCode, PlannedStep } from "./model.ts";
export { explainRefusal, isImmutable } from "./refusals.ts";
