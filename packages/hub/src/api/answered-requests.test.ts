import { describe, expect, it } from "vitest";
import { AnsweredRequests, type Answer } from "./answered-requests.ts";

const HOUR_MS = 60 * 60 * 1000;
const answer = (bytes: number): Answer => ({ status: 201, headers: [], body: new Uint8Array(bytes) });

describe("AnsweredRequests", () => {
  it("knows a request that runs, one that was answered, and another one under the same name", () => {
    const requests = new AnsweredRequests(() => 0);
    expect(requests.begin("a", "x")).toEqual({ type: "New" });
    expect(requests.begin("a", "x")).toEqual({ type: "Running" });
    expect(requests.begin("a", "y")).toEqual({ type: "Other" });
    requests.finish("a", answer(1));
    expect(requests.begin("a", "x")).toEqual({ type: "Answered", answer: answer(1) });
    expect(requests.begin("a", "y")).toEqual({ type: "Other" });
  });

  it("lets a request that came to nothing be tried again", () => {
    const requests = new AnsweredRequests(() => 0);
    requests.begin("a", "x");
    requests.forget("a");
    expect(requests.begin("a", "y")).toEqual({ type: "New" });
  });

  it("forgets an answer after 24 hours, and never a request that runs", () => {
    let nowMs = 0;
    const requests = new AnsweredRequests(() => nowMs);
    requests.begin("runs", "x");
    requests.begin("a", "x");
    requests.finish("a", answer(1));
    nowMs = 24 * HOUR_MS - 1;
    expect(requests.begin("a", "x").type).toBe("Answered");
    nowMs = 24 * HOUR_MS;
    expect(requests.begin("a", "x").type).toBe("New");
    expect(requests.begin("runs", "x").type).toBe("Running");
  });

  it("keeps the newest answers within its bytes, and within its number", () => {
    const requests = new AnsweredRequests(() => 0);
    for (const name of ["a", "b", "c"]) {
      requests.begin(name, "x");
      requests.finish(name, answer(30 * 1024 * 1024));
    }
    expect(requests.begin("a", "x").type).toBe("New");
    expect(requests.begin("c", "x").type).toBe("Answered");
    for (let index = 0; index < 10_000; index += 1) {
      requests.begin(String(index), "x");
      requests.finish(String(index), answer(0));
    }
    expect(requests.begin("c", "x").type).toBe("New");
    expect(requests.begin("9999", "x").type).toBe("Answered");
  });
});
