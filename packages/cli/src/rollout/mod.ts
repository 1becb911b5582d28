/** Rollouts from the command line: applied, checked, started, looked at, watched while they run, and decided about. */
export { actOnRollout, applyDocument, showStatus, startDocument, startRollout } from "./commands.ts";
export { quickDocument, type InstanceTemplate, type QuickRollout } from "./quick-document.ts";
export { readDocument } from "./read-document.ts";
