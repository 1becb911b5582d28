/** Maintenance windows: when something may begin. Pure: time comes in as data. */
export { parseWindows, type MaintenanceWindow, type ParsedWindows, type WindowSpec } from "./parse.ts";
export { windowState, type WindowState } from "./window-state.ts";
