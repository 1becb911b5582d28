/** One field of a message as it is written: its number and its value, not yet typed. */
export type WireField = { readonly number: number; readonly value: bigint | Uint8Array };

/** Bytes that are no protobuf message. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

/**
 * The fields of a message in their order (https://protobuf.dev/programming-guides/encoding).
 *
 * @throws MalformedMessage
 */
export function readFields(bytes: Uint8Array): WireField[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: WireField[] = [];
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[offset];
      if (byte === undefined) throw new MalformedMessage("a varint is cut off");
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedMessage("a varint is longer than ten bytes");
  };
  const take = (length: number): number => {
    const start = offset;
    offset += length;
    if (offset > bytes.length) throw new MalformedMessage("a field is cut off");
    return start;
  };
  while (offset < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: view.getBigUint64(take(8), true) });
        break;
      case 2: {
        const length = Number(varint());
        const start = take(length);
        fields.push({ number, value: bytes.subarray(start, start + length) });
        break;
      }
      case 5:
        fields.push({ number, value: BigInt(view.getUint32(take(4), true)) });
        break;
      default:
        throw new MalformedMessage(`wire type ${tag & 7} is not used`);
    }
  }
  return fields;
}
