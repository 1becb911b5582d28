import { inspect } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KubeError } from "../kube/mod.ts";
import { redactError, redactorOf, redactStatus } from "./redact.ts";

const token = "a-token-that-is-quite-long-0123456789";
const secrets = {
  values: {
    db: { password: "hunter2", pin: "1234", long: "hunter2-and-more", key: "line one\nline two", short: "ab", token, quoted: 'a"b\\c d' },
  },
  missing: [],
};
const redact = redactorOf(secrets);

describe("a text", () => {
  it.each([
    ["a value", "connects with hunter2!", "connects with [redacted]!"],
    ["a value in another one", "hunter2-and-more", "[redacted]"],
    ["a short PIN", "PIN is 1234", "PIN is [redacted]"],
    ["a PIN within a word", "door1234x", "door[redacted]x"],
    ["a line of a value", "read line two", "read [redacted]"],
    ["a value in base64", Buffer.from("hunter2").toString("base64"), "[redacted]"],
    ["a value in JSON", 'Invalid value: "a\\"b\\\\c d"', 'Invalid value: "[redacted]"'],
    ["lines in JSON", 'Invalid value: "line one\\nline two"', 'Invalid value: "[redacted]"'],
    ["a value in a URL", "GET /?q=a%22b%5Cc%20d", "GET /?q=[redacted]"],
    ["a long value that was cut", `"${token.slice(0, 20)}… and ${token}`, '"[redacted]… and [redacted]'],
    ["nothing of two letters", "abacus", "abacus"],
  ])("is shown without %s", (_, text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it("never shows a value, whatever stands around it", () => {
    const property = fc.property(fc.string({ minLength: 4 }), fc.string(), fc.string(), (value, before, after) => {
      const shown = redactorOf({ values: { a: { b: value } }, missing: [] })(`${before}${value}${after}`);
      fc.pre(!"[redacted]".includes(value) && !`${before}${after}`.includes(value));
      // What is left on both sides may by chance make up the value with the mark between them.
      expect(shown.split("[redacted]").some((part) => part.includes(value))).toBe(false);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

describe("an error", () => {
  const refusal = new KubeError({
    status: 422,
    reason: "Invalid",
    request: "apply ConfigMap.v1 a/b",
    detail: 'metadata.labels: Invalid value: "hunter2!"',
    causes: [{ reason: "FieldValueInvalid", field: "metadata.labels", message: 'Invalid value: "hunter2!"' }],
    retryAfterMs: 7,
  });

  it("of the API server is the same one, without the values in it", () => {
    const shown = redactError(refusal, redact);
    expect(shown).toBeInstanceOf(KubeError);
    expect(shown).toMatchObject({ status: 422, reason: "Invalid", retryAfterMs: 7, causes: [{ field: "metadata.labels" }] });
    expect(inspect(shown)).not.toContain("hunter2");
  });

  it("of another kind keeps its name", () => {
    const shown = redactError(new TypeError("hunter2 is no function"), redact);
    expect(shown).toMatchObject({ name: "TypeError", message: "[redacted] is no function" });
    expect(inspect(shown)).not.toContain("hunter2");
  });

  it("without values is left as it is", () => {
    const error = new TypeError("no");
    expect(redactError(error, redact)).toBe(error);
    expect(redactError("text", redact)).toBe("text");
  });
});

it("a status is shown without values in any of its words", () => {
  const message = "with hunter2";
  const status = redactStatus(
    {
      version: "1.0.0",
      conditions: [{ type: "Ready", status: "False", reason: "Invalid", message, lastTransitionTime: "" }],
      failure: { generation: 1, reason: "Invalid", message, at: "" },
      operation: {
        id: "",
        kind: "Install",
        plan: [],
        planHash: "",
        generation: 1,
        inputs: {},
        cursor: { step: 0 },
        startedAt: "",
        message,
      },
    },
    redact,
  );
  expect(JSON.stringify(status)).not.toContain("hunter2");
  expect(status).toMatchObject({ version: "1.0.0", failure: { message: "with [redacted]" } });
});
