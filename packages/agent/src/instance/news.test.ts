import { describe, expect, it } from "vitest";
import type { ServiceInstanceStatus } from "../resources/mod.ts";
import { newsOf } from "./news.ts";

type Brief = readonly [ready: "True" | "False", reason: string, message?: string, stalled?: boolean];

function status([ready, reason, message = reason, stalled = false]: Brief, phase: "Ready" | "Failed" = "Ready"): ServiceInstanceStatus {
  const rest = { reason, message, lastTransitionTime: "2030-01-01T00:00:00Z" };
  return {
    phase,
    version: "1.0.0",
    conditions: [{ type: "Ready", status: ready, ...rest }, ...(stalled ? [{ type: "Stalled", status: "True", ...rest } as const] : [])],
  };
}

const READY: Brief = ["True", "Installed"];
const INVALID: Brief = ["False", "ConfigInvalid", "a", true];
const WAITS: Brief = ["False", "WindowClosed", "until then"];

describe("news about an instance", () => {
  it.each<[string, Brief | undefined, Brief, string | undefined]>([
    ["are that it stops at once", undefined, INVALID, "Warning ConfigInvalid: a"],
    ["are that it stops", READY, INVALID, "Warning ConfigInvalid: a"],
    ["are that something else is wrong", INVALID, ["False", "ConfigInvalid", "b", true], "Warning ConfigInvalid: b"],
    ["are not what is as wrong as before", INVALID, INVALID, undefined],
    ["are that it waits for its window", READY, WAITS, "Normal WindowClosed: until then"],
    ["are not that it waits for the next window", WAITS, ["False", "WindowClosed", "until later"], undefined],
    ["are that it is ready again", ["False", "ObjectsNotReady"], READY, "Normal Ready: 1.0.0 is installed and ready"],
    ["are not that it is ready after its operation", ["False", "Checking"], READY, undefined],
    ["are not that it is as ready as before", READY, READY, undefined],
    ["are that its objects are not ready any more", READY, ["False", "ObjectsNotReady", "web"], "Warning ObjectsNotReady: web"],
    ["are not which objects still are not", ["False", "ObjectsNotReady", "a"], ["False", "ObjectsNotReady", "b"], undefined],
    ["are not that an operation runs", READY, ["False", "Progressing"], undefined],
  ])("%s", (_what, before, after, expected) => {
    const news = newsOf(before === undefined ? undefined : status(before), status(after));
    expect(news === undefined ? undefined : `${news.type} ${news.reason}: ${news.message}`).toBe(expected);
  });

  it("are not what a failed operation has told", () => {
    expect(newsOf(status(READY), status(["False", "JobFailed", "a", true], "Failed"))).toBeUndefined();
  });
});
