import { globSync } from "node:fs";
import { join } from "node:path";

import protobuf from "protobufjs";
import { beforeAll, describe, expect, it } from "vitest";

import { codecOf, codecs, goldens } from "./golden.test-support.ts";

const protoFolder = join(import.meta.dirname, "../../../../proto");

describe.each(goldens())("golden file $file", ({ message, value, protobuf: asProtobuf, bytes }) => {
  const root = new protobuf.Root();

  beforeAll(async () => {
    root.resolvePath = (_origin, target) => join(protoFolder, target);
    const files = globSync("**/*.proto", { cwd: protoFolder });
    await root.load(files);
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

it("every message that is sent has a golden file", () => {
  expect(new Set(goldens().map(({ message }) => message))).toStrictEqual(new Set(Object.keys(codecs)));
});
