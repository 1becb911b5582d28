import { describe, expect, it } from "vitest";
import { KubeError } from "../kube/mod.ts";
import { restartAfter } from "./reflector-restart.ts";

function error(status: number, reason: string, retryAfterMs?: number): KubeError {
  return new KubeError({ status, reason, request: "watch", detail: "", ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

describe("restartAfter", () => {
  it.each([
    ["a broken connection", error(0, "ConnectionFailed"), "Watch"],
    ["no answer in time", error(0, "Timeout"), "Watch"],
    ["a busy server", error(429, "TooManyRequests"), "Watch"],
    ["a history that is gone", error(410, "Expired"), "List"],
    ["silence", error(0, "Inactive"), "List"],
    ["no credentials", error(401, "Unauthorized"), "List"],
    ["no permission", error(403, "Forbidden"), "List"],
    ["a broken server", error(500, "InternalError"), "List"],
    ["a kind that is not there", error(404, "NoKindMatch"), "List"],
    ["a mistake of our own", new TypeError("x is not a function"), "List"],
  ] as const)("after %s", (_, cause, expected) => {
    expect(restartAfter(cause, 1, Math.random).with).toBe(expected);
  });

  it("lists at once when the history is gone, but not in a busy loop", () => {
    expect(restartAfter(error(410, "Expired"), 1, () => 0)).toEqual({ with: "List", afterMs: 0 });
    expect(restartAfter(error(410, "Expired"), 2, () => 0).afterMs).toBe(100);
  });

  it("waits up to 30 s, or as long as the server wishes", () => {
    expect(restartAfter(error(500, "InternalError"), 1, () => 0.5).afterMs).toBe(75);
    expect(restartAfter(error(500, "InternalError"), 50, () => 0.999).afterMs).toBeCloseTo(30_000, -2);
    expect(restartAfter(error(429, "TooManyRequests", 45_000), 50, () => 0.999).afterMs).toBe(45_000);
  });
});
