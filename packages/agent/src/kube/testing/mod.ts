/** For tests: time that stands still until it is told to go on, and an API server that says what a test tells it to say. */
export { ManualClock, settled } from "./manual-clock.ts";
export { hang, json, LiveWatch, refuse, ScriptedServer, status, text, type Answer } from "./scripted-server.ts";
