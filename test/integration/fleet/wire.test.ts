import type { BusMessage } from "@portolan/shared/bus";
import { decodeDigestList, decodeRepublishReply, subjects } from "@portolan/shared/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog, configMap, installer, service, upgrader } from "../agent/catalog.ts";
import { instanceRef, type TestCluster } from "../agent/harness.ts";
import { eventually } from "../hub/harness.ts";
import { ended, startRollout } from "../hub/rollouts.ts";
import { WholeFleet } from "./harness.ts";
import { lossy, type LossyBus } from "./lossy-bus.ts";

const app = (version: string) => installer(version, [configMap("app-${release.name}", { version: "${release.version}" })]);

/** A namespace has one instance of a service: every instance here has a service of its own, by its own name. */
const services = ["going", "moving", "staying"].map((name) =>
  service(name, {
    installers: [app("1.0.0"), app("1.1.0"), app("1.2.0")],
    upgraders: [upgrader("to-1-1", "1.0.0", "1.1.0"), upgrader("to-1-2", "1.1.0", "1.2.0")],
  }),
);

interface Seen {
  readonly name: string;
  readonly version: string;
}

let fleet: WholeFleet;
let cluster: TestCluster;
let wire: LossyBus;

beforeEach(async () => {
  fleet = await WholeFleet.start();
  cluster = await fleet.join("alpha", {
    catalog: catalog(...services),
    wrap: (bus) => (wire = lossy(bus)).bus,
  });
});

afterEach(async () => {
  await fleet.stop();
});

const seen = async (): Promise<readonly string[]> => {
  const { body } = await fleet.hub.get("/v1/instances?cluster=alpha");
  return body.items.map(({ name, version }: Seen) => `${name} ${version}`);
};
const untilSeen = async (expected: readonly string[], withinMs?: number): Promise<void> => {
  await eventually(seen, (found) => found.join() === expected.join(), withinMs);
};
const inSync = async (): Promise<boolean> => {
  const { status, body } = await fleet.hub.get("/v1/clusters/alpha");
  return status === 200 && body.inSync === true;
};
const install = async (name: string, metadata = {}): Promise<void> => {
  await cluster.create(name, { service: name, version: "1.0.0" }, metadata);
  await cluster.untilReady(name, "1.0.0");
};
const reportAndAvailability = (name: string): readonly string[] => [
  subjects.report("alpha", "default", name),
  subjects.availability("alpha", "default", name),
];

describe("what an agent says and the wire loses", () => {
  it("a report and a tombstone: the hub is right again within ten seconds", async () => {
    for (const name of ["going", "moving", "staying"]) await install(name);
    await untilSeen(["going 1.0.0", "moving 1.0.0", "staying 1.0.0"]);

    wire.lose([...reportAndAvailability("going"), ...reportAndAvailability("moving")]);
    await cluster.kube.delete(instanceRef("going"));
    await cluster.untilGone(instanceRef("going"));
    await cluster.edit("moving", { version: "1.1.0" });
    await cluster.untilReady("moving", "1.1.0");
    await eventually(
      () => wire.lost,
      (lost) => [...reportAndAvailability("going"), ...reportAndAvailability("moving")].every((subject) => lost.includes(subject)),
    );
    expect(await seen()).toEqual(["going 1.0.0", "moving 1.0.0", "staying 1.0.0"]);

    wire.lose([]);
    await untilSeen(["moving 1.1.0", "staying 1.0.0"], 10_000);
    await eventually(inSync, Boolean, 10_000);
  });
});

describe("bytes that mean nothing", () => {
  const refused = { error: { code: "Rejected" } };
  const garbage: readonly { readonly what: string; readonly bytes: Uint8Array; readonly republished: object }[] = [
    // A question that names no subject is one all the same.
    { what: "nothing", bytes: new Uint8Array(), republished: { reply: { published: 0 } } },
    { what: "noise", bytes: Buffer.from("\u00FF\u00FF\u00FFnot protobuf"), republished: refused },
    { what: "a length beyond the end", bytes: Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x07), republished: refused },
  ];

  it.each(garbage)("on every subject that an agent and a hub hear keep nothing from moving: $what", async ({ bytes, republished }) => {
    await install("moving");
    await untilSeen(["moving 1.0.0"]);
    const intruder = await fleet.intruder();
    const stored = [
      subjects.intent("alpha"),
      subjects.heartbeat("alpha"),
      subjects.event("alpha", "default", "moving"),
      subjects.catalog("0".repeat(64)),
      ...reportAndAvailability("moving"),
    ];
    for (const subject of stored) await intruder.publishStored(subject, bytes);
    const ask = async (subject: string): Promise<{ readonly reply: Uint8Array } | { readonly error: unknown }> =>
      await intruder.request(subject, bytes, { timeoutMs: 5_000 }).then(
        (reply) => ({ reply }),
        (error: unknown) => ({ error }),
      );
    // This question has no content: whatever its bytes are, it is the same one.
    const digests = await ask(subjects.digests("alpha"));
    expect("reply" in digests ? decodeDigestList(digests.reply) : digests).toMatchObject({
      cluster: "alpha",
      entries: reportAndAvailability("moving")
        .toSorted()
        .map((subject) => ({ subject })),
    });
    const republish = await ask(subjects.republish("alpha"));
    expect("reply" in republish ? { reply: decodeRepublishReply(republish.reply) } : republish).toMatchObject(republished);

    await eventually(inSync, Boolean, 10_000);
    await untilSeen(["moving 1.0.0"]);
    const name = await startRollout(fleet.hub, { service: "moving", version: "1.2.0" });
    expect((await ended(fleet.hub, name, { timeoutMs: 15_000 })).phase).toBe("Succeeded");
    await untilSeen(["moving 1.2.0"]);
  });
});

describe("an instance that is larger than a report may be", () => {
  it("is told of without what does not fit", async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 800 }, (_, index) => [`example.org/${"l".repeat(50)}-${index}`, "v".repeat(63)]),
    );
    const heard: BusMessage[] = [];
    const intruder = await fleet.intruder();
    intruder.subscribe(subjects.report("alpha", "default", "moving"), (message) => heard.push(message));
    await install("moving", { labels });
    await install("staying");
    await untilSeen(["moving 1.0.0", "staying 1.0.0"]);
    const events = async () => (await cluster.kube.list("events.k8s.io/v1", "Event", { namespace: "default" })).items;
    const told = { type: "Warning", reason: "ReportTooLarge", regarding: expect.objectContaining({ name: "moving" }) };
    await expect
      .poll(events, { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ ...told, note: expect.stringContaining("not told of the labels") }));
    expect((await events()).filter(({ reason }) => reason === told.reason)).toHaveLength(1);
    expect(Math.max(...heard.map(({ payload }) => payload.length))).toBeLessThan(64 * 1024);
    await eventually(inSync, Boolean, 10_000);
  });
});
