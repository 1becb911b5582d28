import { describe, expect, it } from "vitest";
import { isAcceptable, parseVersionOutput } from "./versions.ts";

describe("the version of a nats-server", () => {
  it.each([
    ["nats-server: v2.15.2\n", "2.15.2"],
    ["nats-server: v2.12.0-RC.3", "2.12.0-RC.3"],
    ["GNU bash, version 5.2.15", undefined],
    ["", undefined],
  ])("is read from the output %j", (output, version) => {
    expect(parseVersionOutput(output)).toBe(version);
  });

  it.each([
    ["2.9.25", undefined, false],
    ["2.10.0", undefined, true],
    ["2.15.2", undefined, true],
    ["2.15.2", "2.10.27", false],
    ["2.10.27", "2.10.27", true],
  ])("%s with %s requested: acceptable is %s", (version, requested, acceptable) => {
    expect(isAcceptable(version, requested)).toBe(acceptable);
  });
});
