import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventStreamDecoder } from "./event-stream.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function decode(text: string, lastEventId = ""): ReturnType<EventStreamDecoder["push"]> {
  return new EventStreamDecoder(lastEventId).push(encode(text));
}

describe("EventStreamDecoder", () => {
  it("reads type, id and data of several lines", () => {
    expect(decode('event: rollout\nid: 7\ndata: {"a":\ndata: 1}\n\n')).toEqual([{ type: "rollout", data: '{"a":\n1}', lastEventId: "7" }]);
  });

  it("takes all three kinds of line ends", () => {
    expect(decode("data: a\r\n\r\ndata: b\r\rdata: c\n\n").map(({ data }) => data)).toEqual(["a", "b", "c"]);
  });

  it("skips comments, unknown fields, and events without data", () => {
    expect(decode(": keep-alive\n\nretry: 10\nevent: x\n\ndata:y\n\n")).toEqual([{ type: "message", data: "y", lastEventId: "" }]);
  });

  it("keeps the last id for events that have none, also over connections", () => {
    expect(decode("id: 1\ndata: a\n\ndata: b\n\n").map(({ lastEventId }) => lastEventId)).toEqual(["1", "1"]);
    expect(decode("data: b\n\n", "5").map(({ lastEventId }) => lastEventId)).toEqual(["5"]);
  });

  it("ignores an id with a NUL, and gives no event that is cut off", () => {
    expect(decode("id: a\0b\ndata: x\n\ndata: half")).toEqual([{ type: "message", data: "x", lastEventId: "" }]);
  });

  it("gives the same events wherever the chunks end", () => {
    const stream = encode("event: a\r\nid: 1\r\ndata: ü→👩‍🚀\r\n\r\n: c\r\rdata: x\ndata\n\nid\ndata: y\r\n\r\n");
    const whole = new EventStreamDecoder().push(stream);
    expect(whole).toHaveLength(3);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const decoder = new EventStreamDecoder();
        const borders = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const events = borders.slice(1).flatMap((end, index) => decoder.push(stream.subarray(borders[index], end)));
        expect(events).toEqual(whole);
      }),
    );
  });
});
