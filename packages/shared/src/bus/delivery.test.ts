import { describe, expect, it } from "vitest";

import { parseDelivery } from "./delivery.ts";

describe("parseDelivery", () => {
  const expected = { streamSequence: 42, consumerSequence: 7, storedAtMs: 1_763_887_200_000, pending: 3 };

  it.each([
    ["the short form", "$JS.ACK.STREAM.consumer.1.42.7.1763887200000000000.3"],
    ["the long form", "$JS.ACK._.hash.STREAM.consumer.1.42.7.1763887200000000000.3"],
    ["the long form with one token more", "$JS.ACK.domain.hash.STREAM.consumer.1.42.7.1763887200000000000.3.random"],
  ])("reads %s", (_name, reply) => {
    expect(parseDelivery(reply)).toEqual(expected);
  });

  it.each([undefined, "", "_INBOX.abc", "$JS.ACK.STREAM.consumer.1.42", "$JS.ACK.STREAM.consumer.1.x.7.1.3", "$JS.FC.S.c.1.2.3.4.5"])(
    "gives nothing for %j",
    (reply) => {
      expect(parseDelivery(reply)).toBeUndefined();
    },
  );
});
