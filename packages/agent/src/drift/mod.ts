/**
 * Drift: what of an installed version is not as it was applied, what is left to others, and putting it back. Shared by the deployers;
 * what they render, and how they are asked, is not known here.
 */
export { applySettled, type ApplyTerms } from "./apply.ts";
export { describeChanges, type ChangedField, type DriftedObject } from "./changes.ts";
export { corrected, endOf, isOver, judgeContest, type Corrections, type ContestVerdict } from "./contest.ts";
export { driftOf } from "./drift-of.ts";
export { concededFields } from "./conflict-policy.ts";
export { appliedBy } from "./field-path.ts";
export { ignoredPointers } from "./ignore-rules.ts";
export { contains } from "./substance.ts";
export { settle } from "./settle.ts";
