/** Readiness of objects by the rules of kstatus. Pure. */
export * from "./kstatus.ts";
