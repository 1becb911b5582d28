import { describe, expect, it } from "vitest";
import { redactor } from "./redact.ts";

describe("what helm prints", () => {
  const redact = redactor({
    values: { host: "example.org", port: 8443, pin: "4711", joined: "user:hunter2", list: ["hunter2"], nested: { token: "abc-def" } },
    secrets: { database: { password: "hunter2", certificate: "-----BEGIN-----\nMIIB12345\n" } },
    open: [{ host: "example.org", port: 8443 }],
  });

  it("shows what was written in the open", () => {
    expect(redact("dial example.org:8443")).toBe("dial example.org:8443");
  });

  it.each([
    ["a secret", "password hunter2!", "password ***!"],
    ["a value that was made from one", "user:hunter2 and abc-def", "*** and ***"],
    ["a number that somebody guesses", "pin 4711", "pin ***"],
    ["base64", `data ${Buffer.from("hunter2").toString("base64")}`, "data ***"],
    ["a line of a secret", "at MIIB12345 x", "at *** x"],
  ])("hides %s", (_, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each([
    [
      "a template's own words",
      "Error: execution error at (a/templates/cm.yaml:1:3): bad HUNTER2\nor f52f",
      "Error: execution error at (a/templates/cm.yaml:1:3) ***",
    ],
    [
      "what a function says of its argument",
      'template: a/b.yaml:1:2: executing "a/b.yaml" at <include "x" .>: error calling include: template: a/_x.tpl:3:4: executing "x" at <atoi>: error calling atoi: strconv.Atoi: parsing "HUNTER2": invalid syntax',
      'template: a/b.yaml:1:2: executing "a/b.yaml" at <include "x" .>: error calling include: template: a/_x.tpl:3:4: executing "x" at <atoi>: error calling atoi ***',
    ],
    [
      "what YAML cannot use",
      "YAML parse error on a/cm.yaml: error converting YAML to JSON: yaml: unknown anchor 'HUNTER2' referenced",
      "YAML parse error on a/cm.yaml: error converting YAML to JSON ***",
    ],
    [
      "what the API server refuses",
      'Secret "x" is invalid: metadata.labels: Invalid value: "HUNTER2 \\"!": a valid label',
      'Secret "x" is invalid: metadata.labels: Invalid value: ***: a valid label',
    ],
  ])("tells by its place only, where the values hold secrets: %s", (_, text, expected) => {
    expect(redact(text)).toBe(expected);
    const open = redactor({ values: { port: 8443 }, secrets: {}, open: [{ port: 8443 }] });
    expect(open(text)).toBe(text);
  });
});
