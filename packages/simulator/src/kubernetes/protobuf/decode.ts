import { isJsonObject, parseJson, type Json, type JsonObject } from "../json/mod.ts";
import { formatTime } from "../objects/mod.ts";
import { messages } from "./messages.ts";
import { MalformedMessage, readFields, type WireField } from "./wire.ts";

export const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";
const MAGIC = [0x6b, 0x38, 0x73, 0x00];
const text = new TextDecoder();

/**
 * The object of a body that a client wrote in protobuf: the magic bytes `k8s\0`, then a `runtime.Unknown` with the kind and the
 * object's own message. Undefined for a kind whose message is not known here.
 *
 * @throws MalformedMessage
 */
export function decodeProtobuf(body: Uint8Array): JsonObject | undefined {
  if (MAGIC.some((byte, index) => body[index] !== byte))
    throw new MalformedMessage("the body does not start with the bytes of Kubernetes' protobuf");
  const envelope = readFields(body.subarray(MAGIC.length));
  const identity = readFields(bytesOf(envelope, 1));
  const [apiVersion, kind] = [text.decode(bytesOf(identity, 1)), text.decode(bytesOf(identity, 2))];
  const message = kind === "DeleteOptions" ? `${META}.DeleteOptions` : messages().kinds.get(`${apiVersion}/${kind}`);
  if (message === undefined) return undefined;
  return { apiVersion, kind, ...decodeMessage(message, bytesOf(envelope, 2)) };
}

function bytesOf(fields: readonly WireField[], number: number): Uint8Array {
  const value = fields.findLast((field) => field.number === number)?.value;
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function decodeMessage(name: string, bytes: Uint8Array): JsonObject {
  const description = messages().messages.get(name);
  const object: JsonObject = {};
  for (const { number, value } of readFields(bytes)) {
    const field = description?.get(number);
    // A field of a newer release is as good as an unknown one in JSON.
    if (field === undefined) continue;
    const { json, type, label } = field;
    if (label === "map") {
      const entry = readFields(expectBytes(value));
      const member = entry.findLast((each) => each.number === 2)?.value;
      const known = object[json];
      const map: JsonObject = isJsonObject(known) ? known : {};
      map[text.decode(bytesOf(entry, 1))] = member === undefined ? emptyValue(type) : decodeValue(type, member);
      object[json] = map;
    } else if (label === "repeated") {
      const known = object[json];
      object[json] = [...(Array.isArray(known) ? known : []), decodeValue(type, value)];
    } else if (json === "") {
      Object.assign(object, decodeMessage(type, expectBytes(value)));
    } else {
      object[json] = decodeValue(type, value);
    }
  }
  return object;
}

function expectBytes(value: bigint | Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new MalformedMessage("a number stands where bytes are expected");
}

function expectNumber(value: bigint | Uint8Array): bigint {
  if (typeof value === "bigint") return value;
  throw new MalformedMessage("bytes stand where a number is expected");
}

/** Of a map's entry whose value is left out because it is the type's zero. */
function emptyValue(type: string): Json {
  return decodeValue(type, type === "bool" || type === "int32" || type === "int64" ? 0n : new Uint8Array());
}

function decodeValue(type: string, value: bigint | Uint8Array): Json {
  switch (type) {
    case "string":
      return text.decode(expectBytes(value));
    case "bytes":
      return Buffer.from(expectBytes(value)).toString("base64");
    case "bool":
      return expectNumber(value) !== 0n;
    case "int32":
    case "int64":
      return Number(BigInt.asIntN(64, expectNumber(value)));
    case "double":
      return Buffer.from(BigUint64Array.of(expectNumber(value)).buffer).readDoubleLE();
    case `${META}.Time`:
      return decodeTime(expectBytes(value), (seconds) => formatTime(seconds * 1000));
    case `${META}.MicroTime`:
      return decodeTime(expectBytes(value), (seconds, nanos) => {
        const micros = String(Math.floor(nanos / 1000)).padStart(6, "0");
        return `${formatTime(seconds * 1000).slice(0, -1)}.${micros}Z`;
      });
    case "k8s.io.apimachinery.pkg.api.resource.Quantity":
      return text.decode(bytesOf(readFields(expectBytes(value)), 1));
    case `${META}.FieldsV1`:
    case "k8s.io.apimachinery.pkg.runtime.RawExtension": {
      const raw = bytesOf(readFields(expectBytes(value)), 1);
      return raw.length === 0 ? null : parseJson(text.decode(raw));
    }
    case "k8s.io.apimachinery.pkg.util.intstr.IntOrString":
      return decodeIntOrString(readFields(expectBytes(value)));
    default:
      return decodeMessage(type, expectBytes(value));
  }
}

function numberOf(fields: readonly WireField[], number: number): number | undefined {
  const value = fields.findLast((field) => field.number === number)?.value;
  return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : undefined;
}

/** A time that was never set is an empty message, and null in JSON. */
function decodeTime(bytes: Uint8Array, format: (seconds: number, nanos: number) => string): Json {
  const fields = readFields(bytes);
  const seconds = numberOf(fields, 1);
  return seconds === undefined ? null : format(seconds, numberOf(fields, 2) ?? 0);
}

function decodeIntOrString(fields: readonly WireField[]): Json {
  const isString = numberOf(fields, 1) === 1;
  return isString ? text.decode(bytesOf(fields, 3)) : (numberOf(fields, 2) ?? 0);
}
