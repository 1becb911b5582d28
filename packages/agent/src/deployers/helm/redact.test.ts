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
});
