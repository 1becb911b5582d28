import { decodeDigestList, decodeRepublishReply, encodeDigestListRequest, encodeRepublishRequest, subjects } from "@portolan/shared/wire";
import { pino } from "pino";
import { expect, it } from "vitest";
import { FakeBus } from "./bus.fixture.ts";
import { Outbox } from "./outbox.ts";
import { answerRepairs } from "./repair.ts";

const reporter = { cluster: "north", incarnation: { clusterUid: "uid-1", registrationId: "r1" } };

it("gives the list behind the digest, and publishes again what the hub lacks", async () => {
  const bus = new FakeBus();
  const outbox = new Outbox(bus, pino({ level: "silent" }));
  const [a, b] = [subjects.report("north", "apps", "a"), subjects.report("north", "apps", "b")];
  outbox.put(a, Buffer.from("1"));
  outbox.put(b, Buffer.from("1"));
  const subscriptions = answerRepairs(bus, reporter, outbox);
  const list = decodeDigestList(await bus.ask(subjects.digests("north"), encodeDigestListRequest()));
  expect(list).toMatchObject({ ...reporter, entries: outbox.entries() });
  await expect.poll(() => bus.published.length).toBe(2);
  const reply = await bus.ask(
    subjects.republish("north"),
    encodeRepublishRequest({ subjects: [b, subjects.report("north", "apps", "c")] }),
  );
  expect(decodeRepublishReply(reply)).toEqual({ published: 1 });
  await expect.poll(() => bus.published.map(({ subject }) => subject)).toEqual([a, b, b]);
  await expect(bus.ask(subjects.republish("north"), Uint8Array.from([255]))).rejects.toMatchObject({ name: "WireError" });
  for (const subscription of subscriptions) subscription.unsubscribe();
  expect(bus.listeners).toBe(1);
  outbox.stop();
});
