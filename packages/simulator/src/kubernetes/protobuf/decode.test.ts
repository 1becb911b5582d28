import { describe, expect, it } from "vitest";
import { decodeProtobuf } from "./decode.ts";
import { MalformedMessage } from "./wire.ts";

const bytes = (...parts: (number | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Uint8Array.of(part) : part)));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
/** A field of bytes; short ones only. */
const field = (number: number, value: Uint8Array): Uint8Array => bytes((number << 3) | 2, value.length, value);
const varint = (number: number, value: number): Uint8Array => bytes(number << 3, value);

function body(apiVersion: string, kind: string, message: Uint8Array): Uint8Array {
  return bytes(text("k8s\0"), field(1, bytes(field(1, text(apiVersion)), field(2, text(kind)))), field(2, message), field(3, text("")));
}

describe("a body in protobuf", () => {
  it("has strings, bytes, maps, booleans and empty times", () => {
    const metadata = bytes(field(1, text("one")), field(8, bytes()), field(11, bytes(field(1, text("a")), field(2, text("b")))));
    const data = bytes(field(1, text("key")), field(2, text("value")));
    const message = bytes(field(1, metadata), field(2, data), field(3, text("Opaque")), varint(5, 1));
    expect(decodeProtobuf(body("v1", "Secret", message))).toStrictEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "one", creationTimestamp: null, labels: { a: "b" } },
      data: { key: "dmFsdWU=" },
      type: "Opaque",
      immutable: true,
    });
  });

  it("has lists, numbers, times with parts of a second, and numbers that may be words", () => {
    const port = bytes(field(1, text("http")), varint(3, 80), field(4, bytes(varint(1, 1), field(3, text("web")))));
    const service = bytes(field(2, bytes(field(1, port), field(1, port))));
    const targetPort = "web";
    expect(decodeProtobuf(body("v1", "Service", service))).toMatchObject({
      spec: { ports: [{ name: "http", port: 80, targetPort }, { targetPort }] },
    });
    const renewTime = bytes(varint(1, 100), bytes(2 << 3, 0xc0, 0x84, 0x3d));
    expect(decodeProtobuf(body("coordination.k8s.io/v1", "Lease", field(2, bytes(varint(2, 15), field(4, renewTime)))))).toMatchObject({
      spec: { leaseDurationSeconds: 15, renewTime: "1970-01-01T00:01:40.001000Z" },
    });
  });

  it("writes the members of an embedded message as its parent's own", () => {
    const volume = bytes(field(1, text("data")), field(2, field(2, bytes())));
    expect(decodeProtobuf(body("v1", "Pod", field(2, field(1, volume))))).toMatchObject({
      spec: { volumes: [{ name: "data", emptyDir: {} }] },
    });
  });

  it("is nothing when its kind is not known", () => {
    expect(decodeProtobuf(body("example.com/v1", "Boat", bytes()))).toBeUndefined();
  });

  it.each([
    ["other magic bytes", text("{}")],
    ["an end within a field", body("v1", "Secret", bytes((1 << 3) | 2, 9))],
    ["an end within a number", body("v1", "Secret", bytes(5 << 3, 0x80))],
  ])("is refused for %s", (_, malformed) => {
    expect(() => decodeProtobuf(malformed)).toThrow(MalformedMessage);
  });
});
