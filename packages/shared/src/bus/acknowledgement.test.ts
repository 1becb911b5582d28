import { headers } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";

import { readAcknowledgement } from "./acknowledgement.ts";
import { BusError } from "./errors.ts";

const reply = (value: unknown): { data: Uint8Array } => ({ data: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)) });

describe("readAcknowledgement", () => {
  it("gives stream and sequence", () => {
    expect(readAcknowledgement(reply({ stream: "S", seq: 7, domain: "d" }), "a")).toEqual({ stream: "S", sequence: 7 });
  });

  it("knows that no stream takes the subject", () => {
    expect(readAcknowledgement({ data: new Uint8Array(), headers: headers(503, "No Responders") }, "a.b")).toMatchObject({
      code: "NoStream",
      temporary: true,
    });
  });

  it.each([
    ["WrongLastSequence", 10_071, false],
    ["WrongLastSequence", 10_164, false],
    ["WrongLastSequence", 10_070, false],
    ["NoStream", 10_059, true],
    ["TooLarge", 10_054, false],
    ["Rejected", 10_077, false],
  ])("%s for the server's error %d", (code, errCode, temporary) => {
    const outcome = readAcknowledgement(reply({ error: { code: 400, err_code: errCode, description: "why" }, stream: "S", seq: 0 }), "a.b");
    expect(outcome).toBeInstanceOf(BusError);
    expect(outcome).toMatchObject({ code, temporary, message: "a.b: why" });
  });

  it.each(["", "{", "null", "[]", "{}", '{"stream":1,"seq":1}', '{"stream":"S"}', '{"error":{}}'])("refuses %j", (text) => {
    expect(readAcknowledgement(reply(text), "a")).toMatchObject({ code: "Rejected" });
  });
});
