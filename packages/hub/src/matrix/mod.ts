/** Which instances run a version, could go to it, or could not and why: derived from the fleet view, kept incrementally. */
export { AvailabilityMatrix, type VersionRow } from "./matrix.ts";
