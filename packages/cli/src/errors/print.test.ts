import { describe, expect, it } from "vitest";
import { CliError } from "./cli-error.ts";
import { describeError } from "./print.ts";

describe("describeError", () => {
  it("tells the message, the stable code, every detail and what to do", () => {
    const error = new CliError("UnknownService", "no service x", { details: ["services: a", "and b"], hint: "try a" });
    expect(describeError(error)).toEqual({ text: "error: no service x (UnknownService)\n  services: a\n  and b\ntry a\n", exitCode: 1 });
  });

  it.each([
    ["InvalidUsage", 2],
    ["HubTimeout", 3],
    ["WatchTimeout", 3],
    ["WatchInterrupted", 130],
    ["HubUnreachable", 1],
  ] as const)("ends with the code of %s", (code, exitCode) => {
    expect(describeError(new CliError(code, "x")).exitCode).toBe(exitCode);
  });

  it("gives no control character to the terminal", () => {
    expect(describeError(new CliError("UnexpectedAnswer", "a\u001B[2Jb")).text).toBe("error: a\uFFFD[2Jb (UnexpectedAnswer)\n");
  });

  it("keeps the stack of what nobody has foreseen", () => {
    expect(describeError(new RangeError("oops")).text).toMatch(/^error: portolan has a defect: RangeError: oops\n {4}at /);
  });
});
