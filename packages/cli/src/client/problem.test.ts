import { describe, expect, it } from "vitest";
import { HubProblem, readProblem } from "./problem.ts";

const reason = { code: "NoRoute", message: "no upgrader leads to 2.0.0" };

describe("HubProblem", () => {
  it("lists every reason of every instance, and says what can be done", () => {
    const instances = [
      {
        cluster: "a",
        namespace: "n",
        name: "x",
        reasons: [reason, { code: "Retracted", message: "broken", url: "https://example.org/1" }],
      },
      { cluster: "b", namespace: "n", name: "x", reasons: [reason] },
    ];
    const problem = new HubProblem(409, { code: "TargetsRefused", detail: "2 of 2 targets cannot be brought there", instances });
    expect(problem.details).toEqual([
      "a/n/x: NoRoute: no upgrader leads to 2.0.0",
      "a/n/x: Retracted: broken (https://example.org/1)",
      "b/n/x: NoRoute: no upgrader leads to 2.0.0",
    ]);
    expect(problem.hint).toContain("--skip-unreachable");
  });

  it("names the rollout that an instance belongs to", () => {
    expect(new HubProblem(409, { code: "InstanceBusy", detail: "d", rollout: "one" }).hint).toContain("portolan rollout status one");
  });

  it.each([
    [401, "Unauthenticated", 4],
    [403, "Forbidden", 4],
    [400, "InvalidRequest", 2],
    [400, "InvalidLabelSelector", 2],
    [400, "InvalidFieldSelector", 2],
    [404, "UnknownService", 1],
    [503, "Unavailable", 1],
  ])("turns %i %s into exit code %i", (status, code, exitCode) => {
    expect(new HubProblem(status, { code, detail: "d" }).exitCode).toBe(exitCode);
  });

  it("keeps its own details when more are added", () => {
    const problem = new HubProblem(409, { code: "X", detail: "d", reasons: [reason] }).with(["more"]);
    expect(problem.details).toEqual(["NoRoute: no upgrader leads to 2.0.0", "more"]);
  });
});

describe("readProblem", () => {
  it("knows a problem document from other answers", () => {
    expect(readProblem({ code: "X", detail: "d", other: 1 })).toEqual({ code: "X", detail: "d", other: 1 });
    expect(readProblem({ error: "x" })).toBeUndefined();
    expect(readProblem(undefined)).toBeUndefined();
  });
});
