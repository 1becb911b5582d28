import { describe, expect, it } from "vitest";
import { judge, remember, type RememberedRequests } from "./conditions.ts";

const HOUR_MS = 3_600_000;
const request = { id: "one", fingerprint: "a" };
const unlike = (now: string) => (now === "read" ? undefined : `it is ${now}`);

describe("conditions of a change", () => {
  it("hold nothing back where none is given", () => {
    expect(judge({}, [], "anything", 0)).toEqual({ type: "Go" });
  });

  it("know a request that was done, whatever it has made of what was read, for 24 hours", () => {
    const known = remember([], request, 0);
    const conditions = { request, unlike, notAfterMs: 5 };
    expect(judge(conditions, known, "changed", 24 * HOUR_MS - 1)).toEqual({ type: "Done", atMs: 0 });
    expect(judge({ request }, known, "changed", 24 * HOUR_MS)).toEqual({ type: "Go" });
    expect(judge({ request: { ...request, fingerprint: "b" } }, known, "read", 1)).toMatchObject({
      problem: { code: "IdempotencyKeyReused" },
    });
  });

  it("refuse what comes too late, and what was decided from something else", () => {
    expect(judge({ notAfterMs: 5 }, [], "", 5)).toEqual({ type: "Go" });
    expect(judge({ notAfterMs: 5 }, [], "", 6)).toMatchObject({
      problem: { code: "CommandExpired", now: "1970-01-01T00:00:00.006Z" },
    });
    expect(judge({ unlike }, [], "read", 0)).toEqual({ type: "Go" });
    expect(judge({ unlike }, [], "changed", 0)).toEqual({
      type: "Refused",
      problem: { code: "PreconditionFailed", message: "it is changed" },
    });
  });

  it("let a record grow by so many requests alone", () => {
    let known: RememberedRequests = remember([], { id: "old", fingerprint: "" }, -25 * HOUR_MS);
    for (let count = 0; count < 100; count += 1) known = remember(known, { id: `${count}`, fingerprint: "" }, count);
    expect(known.map(({ id }) => id)).toEqual(Array.from({ length: 64 }, (_, index) => `${index + 36}`));
    expect(remember(remember([], { id: "old", fingerprint: "" }, 0), request, 24 * HOUR_MS)).toHaveLength(1);
  });
});
