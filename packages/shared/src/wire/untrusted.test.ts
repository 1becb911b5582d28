import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { portolan } from "./generated/portolan.js";
import { codecOf, codecs, goldens } from "./golden.test-support.ts";
import type { Golden } from "./golden.test-support.ts";
import {
  decodeAvailabilityDocument,
  decodeEvent,
  decodeHeartbeat,
  decodeInstanceReport,
  decodeIntentDocument,
  MESSAGE_LIMITS,
  WireError,
} from "./mod.ts";

/** The error, or undefined when the bytes were accepted; anything but a WireError fails the test. */
function refusal(decode: () => unknown): WireError | undefined {
  try {
    decode();
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
}

/** Field 1,000 as a varint, field 1,001 as bytes: numbers that no message uses. */
const UNKNOWN_FIELDS = Buffer.from([0xc0, 0x3e, 0x2a, 0xca, 0x3e, 0x03, 1, 2, 3]);

describe("unknown fields", () => {
  it.each(goldens())("are ignored in $file", ({ message, value, bytes }) => {
    expect(codecOf(message).decode(Buffer.concat([UNKNOWN_FIELDS, bytes, UNKNOWN_FIELDS]))).toStrictEqual(value);
  });

  it("are ignored in messages inside", () => {
    // A facts message (field 13) with a version (field 1) and the unknown fields.
    const facts = Buffer.concat([Buffer.from([0x0a, 2]), Buffer.from("v1"), UNKNOWN_FIELDS]);
    const { bytes } = golden("heartbeat-first.json");
    const { value } = decodeHeartbeat(Buffer.concat([bytes, Buffer.from([0x6a, facts.length]), facts]));
    expect(value.facts).toStrictEqual({ kubernetesVersion: "v1" });
  });
});

describe("an intent of a hub that knows no actions", () => {
  it("moves an instance", () => {
    const proto = portolan.v1.IntentDocument.decode(golden("intent-document.json").bytes);
    Object.assign(proto.intents?.[0] ?? {}, { action: 0 });
    const { value, problems } = decodeIntentDocument(portolan.v1.IntentDocument.encode(proto).finish());
    expect([value.intents[0], problems]).toMatchObject([{ action: "Move", version: "0.15.0" }, []]);
  });
});

describe("an instance template", () => {
  it.each(["[1]", "1", "{", '{"a":', "null"])("whose configuration is %s loses its intent only", (configJson) => {
    const proto = portolan.v1.IntentDocument.decode(golden("intent-document.json").bytes);
    Object.assign(proto.intents?.[3]?.template ?? {}, { configJson });
    const { value, problems } = decodeIntentDocument(portolan.v1.IntentDocument.encode(proto).finish());
    expect(value.intents).toHaveLength(5);
    expect(problems).toMatchObject([{ code: "Malformed", field: "intents[3].template.configJson", item: "up-4/eu-1/platform/dns" }]);
  });
});

describe("unknown enum values", () => {
  it("leave out that intent only, and name it", () => {
    const proto = portolan.v1.IntentDocument.decode(golden("intent-document.json").bytes);
    const ids = proto.intents?.map(({ id }) => id) ?? [];
    Object.assign(proto.intents?.[1] ?? {}, { mode: 99 });
    const { value, problems } = decodeIntentDocument(portolan.v1.IntentDocument.encode(proto).finish());
    expect(value.intents.map(({ id }) => id)).toEqual(ids.toSpliced(1, 1));
    expect(problems).toEqual([
      {
        code: "UnknownEnum",
        field: "intents[1].mode",
        item: "up-2/eu-1/platform/dns",
        message: "intents[1].mode: unknown value 99; the sender may be newer",
      },
    ]);
  });

  it("leave out that intent state only", () => {
    const proto = portolan.v1.Heartbeat.decode(golden("heartbeat.json").bytes);
    Object.assign(proto.intents?.[0] ?? {}, { phase: 99 });
    const { value, problems } = decodeHeartbeat(portolan.v1.Heartbeat.encode(proto).finish());
    expect(value.intents.map(({ phase }) => phase)).toEqual(["Refused", "Checked"]);
    expect(problems).toMatchObject([{ code: "UnknownEnum", field: "intents[0].phase" }]);
  });

  it("leave out that available version only", () => {
    const proto = portolan.v1.AvailabilityDocument.decode(golden("availability-document.json").bytes);
    Object.assign(proto.available?.[0]?.steps?.[1] ?? {}, { kind: 99 });
    const { value, problems } = decodeAvailabilityDocument(portolan.v1.AvailabilityDocument.encode(proto).finish());
    expect(value.available).toEqual([]);
    expect(value.unavailable).toHaveLength(1);
    expect(problems).toMatchObject([{ code: "UnknownEnum", field: "available[0].steps[1].kind", item: "0.15.0" }]);
  });

  it("leave out an instance's operation, not its state", () => {
    const proto = portolan.v1.InstanceReport.decode(golden("instance-report-status.json").bytes);
    Object.assign(proto.status?.operation ?? {}, { kind: 99 });
    const { value, problems } = decodeInstanceReport(portolan.v1.InstanceReport.encode(proto).finish());
    expect(value.content).toMatchObject({ type: "status", status: { phase: "Upgrading", version: "0.13.1" } });
    expect(value.content).not.toHaveProperty("status.operation");
    expect(problems).toMatchObject([{ code: "UnknownEnum", field: "status.operation.kind", item: "op-3" }]);
  });

  it("make a report wrong when they are its phase", () => {
    const proto = portolan.v1.InstanceReport.decode(golden("instance-report-status.json").bytes);
    Object.assign(proto.status ?? {}, { phase: 99 });
    const bytes = portolan.v1.InstanceReport.encode(proto).finish();
    expect(refusal(() => decodeInstanceReport(bytes))).toMatchObject({ code: "UnknownEnum", field: "status.phase" });
  });
});

it("a label called __proto__ is a label and nothing else", () => {
  const labels: unknown = JSON.parse('{"__proto__": "polluted", "constructor": "too"}');
  const proto = portolan.v1.IntentDocument.decode(golden("intent-document.json").bytes);
  Object.assign(proto, { labels });
  const { value } = decodeIntentDocument(portolan.v1.IntentDocument.encode(proto).finish());
  expect(Object.entries(value.labels)).toEqual([
    ["__proto__", "polluted"],
    ["constructor", "too"],
  ]);
  expect(Object.getPrototypeOf(value.labels)).toBe(Object.prototype);
});

it("an event of a type that this version does not know is refused by itself", () => {
  // Field 7, type, again: the last one counts.
  const bytes = Buffer.concat([golden("event-hook.json").bytes, Buffer.from([0x38, 99])]);
  expect(refusal(() => decodeEvent(bytes))).toMatchObject({ code: "UnknownEnum", field: "type" });
});

describe("numbers", () => {
  it.each([
    ["2^53", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ["2^64 - 1", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ])("that JavaScript cannot hold exactly are refused: %s", (_name, varint) => {
    // Field 10, intent_revision, again: the last one counts.
    const bytes = Buffer.concat([golden("heartbeat.json").bytes, Buffer.from([0x50, ...varint])]);
    expect(refusal(() => decodeHeartbeat(bytes))).toMatchObject({ code: "Malformed", field: "intentRevision" });
  });

  it("up to 2^53 - 1 are numbers", () => {
    const varint = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
    const bytes = Buffer.concat([golden("heartbeat.json").bytes, Buffer.from([0x50, ...varint])]);
    expect(decodeHeartbeat(bytes).value.intentRevision).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("sizes", () => {
  it("a message over its limit is not even looked at", () => {
    const bytes = new Uint8Array(MESSAGE_LIMITS.heartbeat + 1);
    expect(refusal(() => decodeHeartbeat(bytes))).toMatchObject({ code: "TooLarge", field: "" });
  });

  it("a length beyond the end is refused without being allocated", () => {
    expect(refusal(() => decodeHeartbeat(Buffer.from([0x42, 0xff, 0xff, 0xff, 0xff, 0x07])))).toMatchObject({ code: "Malformed" });
  });

  it("more intents than allowed are refused", () => {
    const document = golden("intent-document.json").bytes;
    const intents = Buffer.concat(Array.from({ length: 1025 }, () => Buffer.from([0x3a, 0])));
    expect(refusal(() => decodeIntentDocument(Buffer.concat([document, intents])))).toMatchObject({
      code: "TooLarge",
      field: "intents",
    });
  });

  it("a name that is no DNS label is refused", () => {
    const proto = portolan.v1.InstanceReport.decode(golden("instance-report-tombstone.json").bytes);
    proto.cluster = "eu.1";
    const bytes = portolan.v1.InstanceReport.encode(proto).finish();
    expect(refusal(() => decodeInstanceReport(bytes))).toMatchObject({ code: "InvalidField", field: "cluster" });
  });
});

describe.each(Object.entries(codecs))("whatever the bytes are, %s", (message, codec) => {
  it("throws nothing but WireError on random bytes", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      refusal(() => codec.decode(bytes));
    });
    expect(() => fc.assert(property, { numRuns: 500 })).not.toThrow();
  });

  it("throws nothing but WireError on damaged messages, and encodes again what it accepts", () => {
    const samples = goldens().filter((golden) => golden.message === message);
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    const property = fc.property(
      fc.constantFrom(...samples),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      ({ bytes }, changes, cut) => {
        const damaged = Uint8Array.from(bytes);
        for (const { at, byte } of changes) damaged[at % Math.max(1, damaged.length)] = byte;
        const input = cut % 3 === 0 ? damaged.subarray(0, cut % (damaged.length + 1)) : damaged;
        refusal(() => codec.encode(codec.decode(input)));
      },
    );
    expect(() => fc.assert(property, { numRuns: 500 })).not.toThrow();
  });
});

function golden(file: string): Golden {
  const found = goldens().find((candidate) => candidate.file === file);
  if (found === undefined) throw new Error(`no golden file ${file}`);
  return found;
}
