/**
 * Looks whether the steps of a plan could run here before the first one does: kinds, permissions, owners, and what the API server says to
 * the first step's objects. It changes nothing. Values, Kubernetes versions and requirements are judged before, from what is known already.
 */
export { neededAccesses } from "./accesses.ts";
export { accountFindings } from "./account.ts";
export { gatherEvidence, type PreflightRequest } from "./gather.ts";
export { inParallel } from "./in-parallel.ts";
export { judge } from "./judge.ts";
export { broughtKinds } from "./known-kinds.ts";
export { kindId, type Finding, type FindingCode, type KnownKind, type Need, type PlannedStep, type StepWork } from "./model.ts";
export { stepWork } from "./step-work.ts";
export { explainRefusal, isImmutable } from "./refusals.ts";
