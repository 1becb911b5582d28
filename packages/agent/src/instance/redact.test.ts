import { expect, it } from "vitest";
import { redact } from "./redact.ts";

const secrets = {
  values: { db: { password: "hunter2", pin: "1234", long: "hunter2-and-more", key: "line one\nline two", short: "ab" } },
  missing: [],
};

it.each([
  ["a value", "connects with hunter2!", "connects with [redacted]!"],
  ["a value in another one", "hunter2-and-more", "[redacted]"],
  ["a short PIN", "PIN is 1234", "PIN is [redacted]"],
  ["a line of a value", "read line two", "read [redacted]"],
  ["a value in base64", Buffer.from("hunter2").toString("base64"), "[redacted]"],
  ["nothing of two letters", "abacus", "abacus"],
])("takes %s out of a text", (_, text, shown) => {
  expect(redact(text, secrets)).toBe(shown);
});
