import { globSync } from "node:fs";
import { join } from "node:path";

import protobuf from "protobufjs";
import { beforeAll, describe, expect, it } from "vitest";

import { codecOf, codecs, goldens } from "./golden.test-support.ts";

const protoFolder = join(import.meta.dirname, "../../../../proto");

async function readProtos(): Promise<protobuf.Root> {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(protoFolder, target);
  return await root.load(globSync("**/*.proto", { cwd: protoFolder }));
}

describe.each(goldens())("golden file $file", ({ message, value, protobuf: asProtobuf, bytes }) => {
  let root: protobuf.Root;

  beforeAll(async () => {
    root = await readProtos();
  });

  it("decodes to its value", () => {
    expect(codecOf(message).decode(bytes)).toStrictEqual(value);
  });

  it("encodes to its bytes", () => {
    expect(Buffer.from(codecOf(message).encode(value)).toString("base64")).toBe(Buffer.from(bytes).toString("base64"));
  });

  // Read by protobufjs from the .proto files themselves: neither our codec nor the generated code can hide an exchanged field.
  it("means the same to a reader of the .proto files", () => {
    const type = root.lookupType(`portolan.v1.${message}`);
    expect(type.toObject(type.decode(bytes), { enums: String, bytes: String, longs: Number })).toStrictEqual(asProtobuf);
  });
});

// The golden files hold a few values of each enum; here each one is put in the place of theirs. Two exchanged values of a codec read back what they wrote.
describe.each([
  ["IntentPhase", "heartbeat.json", "Heartbeat", ["intents", "0", "phase"], pascal],
  ["IntentMode", "intent-document.json", "IntentDocument", ["intents", "0", "mode"], pascal],
  ["DeletionPolicy", "intent-document.json", "IntentDocument", ["intents", "5", "deletionPolicy"], pascal],
  ["InstancePhase", "instance-report-status.json", "InstanceReport", ["content", "status", "phase"], pascal],
  ["OperationKind", "instance-report-status.json", "InstanceReport", ["content", "status", "operation", "kind"], lower],
  ["EventType", "event-hook.json", "Event", ["type"], pascal],
] as const)("the values of %s", (enumName, file, message, path, nameOf) => {
  it("are called the same in the domain and in the .proto files, every one", async () => {
    const root = await readProtos();
    const prefix = `${enumName.replace(/(?<=[a-z])(?=[A-Z])/gu, "_").toUpperCase()}_`;
    const names = Object.keys(root.lookupEnum(`portolan.v1.${enumName}`).values).filter((name) => !name.endsWith("_UNSPECIFIED"));
    const type = root.lookupType(`portolan.v1.${message}`);
    const golden = goldens().find((each) => each.file === file);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) {
      const value = withValueAt(golden?.value, path, nameOf(name.slice(prefix.length)));
      const read = JSON.stringify(type.toObject(type.decode(codecOf(message).encode(value)), { enums: String }));
      expect(read).toContain(`"${name}"`);
      expect(codecOf(message).decode(codecOf(message).encode(value))).toStrictEqual(value);
    }
  });
});

function lower(word: string): string {
  return word.toLowerCase();
}

/** `OPERATION_STARTED` → `OperationStarted` */
function pascal(words: string): string {
  return words
    .split("_")
    .map((word) => `${word.slice(0, 1)}${word.slice(1).toLowerCase()}`)
    .join("");
}

function withValueAt(from: unknown, [key, ...rest]: readonly string[], value: string): unknown {
  if (key === undefined) return value;
  if (Array.isArray(from)) return from.map((item: unknown, index) => (String(index) === key ? withValueAt(item, rest, value) : item));
  const fields = new Map(Object.entries(from ?? {}));
  return Object.fromEntries([...fields, [key, withValueAt(fields.get(key), rest, value)]]);
}

it("every message that is sent has a golden file", () => {
  expect(new Set(goldens().map(({ message }) => message))).toStrictEqual(new Set(Object.keys(codecs)));
});
