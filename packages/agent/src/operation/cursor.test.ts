import { describe, expect, it } from "vitest";
import { actionAgeMs, finishStep, msToNextAttempt, recordObjects, retryAction, startAction, startStep, waitFor } from "./cursor.ts";
import { asRunning } from "./inputs.ts";
import { instanceWith, operation } from "./operation.fixture.ts";

const [AT, LATER] = ["2030-01-01T00:01:00.000Z", "2030-01-01T00:02:00.000Z"];
const recorded = [{ apiVersion: "v1", kind: "Pod", name: "x", uid: "u" }];

describe("a step", () => {
  it("begins for the spec as it is: its generation and what its values are made from", () => {
    const spec = {
      config: { a: 2 },
      overrides: { b: 1 },
      secretRefs: [{ name: "s", secretName: "x" }],
      targetNamespace: "t",
      suspend: true,
    };
    expect(startStep(operation, "deploy", instanceWith(spec, 9), AT)).toMatchObject({
      generation: 9,
      inputs: { config: { a: 2 }, overrides: { b: 1 }, secretRefs: spec.secretRefs, targetNamespace: "t" },
      stepStartedAt: AT,
      cursor: { step: 0, action: "deploy", attempt: 1, actionStartedAt: AT },
    });
    expect(startStep(operation, "deploy", instanceWith({}), AT).inputs).toEqual({});
  });

  it("sees the instance as it was then until it is over", () => {
    const edited = instanceWith({ version: "3.0.0", overrides: { new: true }, targetNamespace: "new" });
    const inStep = { ...operation, cursor: { step: 0, action: "ready" } };
    expect(asRunning(edited, inStep).spec).toEqual({ service: "web", version: "3.0.0", config: { a: 1 } });
    expect(asRunning(edited, operation)).toBe(edited);
    expect(asRunning(edited, undefined)).toBe(edited);
  });

  it("goes from action to action with a new record and a new count, in the time of the step", () => {
    const started = startStep(operation, "before/stop", instanceWith({}), AT);
    const tried = retryAction(recordObjects(started, recorded), "no", LATER);
    expect(tried.cursor).toEqual({ step: 0, action: "before/stop", attempt: 2, actionStartedAt: AT, recorded, nextAttemptAt: LATER });
    const next = startAction(tried, "deploy", LATER);
    expect(next).toMatchObject({ stepStartedAt: AT, cursor: { step: 0, action: "deploy", attempt: 1, actionStartedAt: LATER } });
    expect(next.cursor).not.toHaveProperty("recorded");
    expect(next.cursor).not.toHaveProperty("nextAttemptAt");
    expect(next).not.toHaveProperty("message");
  });

  it("does not begin an action anew that a crash has interrupted", () => {
    const running = recordObjects(startAction(operation, "deploy", AT), recorded);
    expect(startAction(running, "deploy", LATER)).toBe(running);
  });

  it("ends at the boundary to the next, with nothing of its own left", () => {
    const ended = finishStep(waitFor(startAction(operation, "ready", AT), "waits"));
    expect(ended.cursor).toEqual({ step: 1 });
    expect(ended).not.toHaveProperty("stepStartedAt");
    expect(ended).not.toHaveProperty("message");
  });
});

describe("an attempt", () => {
  it("waits for its turn", () => {
    const now = Date.parse(AT);
    expect(msToNextAttempt(operation, now)).toBe(0);
    const tried = retryAction(startAction(operation, "deploy", AT), "no", LATER);
    expect(msToNextAttempt(tried, now)).toBe(60_000);
    expect(msToNextAttempt(tried, Date.parse(LATER) + 1)).toBe(0);
  });

  it("says no more than a status may hold", () => {
    expect(retryAction(operation, "x".repeat(5_000), AT).message).toHaveLength(1_024);
    expect(waitFor(operation, "x".repeat(5_000)).message).toHaveLength(1_024);
  });

  it("is as old as its action, which no retry makes younger", () => {
    const tried = retryAction(startAction(operation, "deploy", AT), "no", LATER);
    expect(actionAgeMs(tried, Date.parse(LATER))).toBe(60_000);
    expect(actionAgeMs(operation, Date.parse(LATER))).toBe(0);
  });
});
