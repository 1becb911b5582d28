import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { subjects } from "@portolan/shared/wire";
import { planRepair } from "../antientropy/decide.ts";
import { AgentFixture, documentFixture } from "./agent.fixture.ts";
import { AvailabilityDocuments } from "./availability-documents.ts";
import { Fleet } from "./fleet.ts";
import { instanceKey, type FleetChange } from "./model.ts";
import { readFleetMessage, type RawMessage } from "./read-message.ts";

/** A fleet that is fed with raw messages. */
class Feed {
  readonly fleet = new Fleet();
  readonly #documents = new AvailabilityDocuments();
  nowMs = 10_000;
  live = true;
  storedAtMs: number | undefined;

  take(...messages: RawMessage[]): FleetChange[] {
    return messages.flatMap((raw) => {
      const { message } = readFleetMessage(raw, this.#documents);
      return message === undefined
        ? []
        : this.fleet.apply(message, { nowMs: this.nowMs, storedAtMs: this.storedAtMs ?? this.nowMs, live: this.live });
    });
  }

  names(): string[] {
    return [...this.fleet.instances()].map(({ cluster, name, status }) => `${cluster}/${name}@${status.version}`).sort();
  }
}

describe("Fleet", () => {
  let feed: Feed;
  let agent: AgentFixture;
  beforeEach(() => {
    feed = new Feed();
    agent = new AgentFixture("alpha");
  });

  it("shows instances once their cluster is known by a heartbeat", () => {
    feed.take(agent.report("main"));
    expect(feed.names()).toEqual([]);
    expect(feed.take(agent.heartbeat()).map(({ type }) => type)).toEqual(["instance", "cluster", "heartbeat"]);
    expect(feed.names()).toEqual(["alpha/main@1.0.0"]);
    expect(feed.fleet.cluster("alpha")).toMatchObject({ connectivity: "Online", inSync: true });
  });

  it("is in sync only while it holds what the heartbeat stands for", () => {
    feed.take(agent.heartbeat());
    const lost = agent.report("main");
    feed.take(agent.heartbeat());
    expect(feed.fleet.cluster("alpha")?.inSync).toBe(false);
    feed.take(lost, agent.heartbeat());
    expect(feed.fleet.cluster("alpha")?.inSync).toBe(true);
  });

  it("takes what it knows of a heartbeat from a newer agent: one state of an intent that it does not know is left out and told of", () => {
    const states = ["known", "newer"].map((id) => ({ id, namespace: "default", name: "main", phase: "Running" }) as const);
    const raw = agent.heartbeat({ intents: states });
    // `phase` of the second state, field 4 of the message: RUNNING (3), as a value that is not defined yet.
    const payload = Uint8Array.from(raw.payload);
    const at = Buffer.from(payload).lastIndexOf(Buffer.from([0x20, 3]));
    payload[at + 1] = 99;
    const { message, problems } = readFleetMessage({ ...raw, payload }, new AvailabilityDocuments());
    expect(problems).toMatchObject([{ code: "PartlyUnknown" }]);
    expect(message).toMatchObject({ type: "heartbeat", heartbeat: { intents: [{ id: "known", phase: "Running" }] } });
    feed.take({ ...raw, payload }, agent.report("main"));
    expect(feed.names()).toEqual(["alpha/main@1.0.0"]);
  });

  it("removes an instance by its tombstone, and says what was there", () => {
    feed.take(agent.heartbeat(), agent.report("main"));
    const [change] = feed.take(...agent.remove("main"));
    expect(change).toMatchObject({ type: "instance", before: { name: "main" }, after: undefined });
    expect(feed.take(agent.heartbeat())).toMatchObject([{ type: "heartbeat", after: { inSync: true } }]);
  });

  it("takes the same message again for no change", () => {
    const report = agent.report("main");
    feed.take(agent.heartbeat(), report);
    expect(feed.take(report)).toEqual([]);
  });

  it("puts status and availability together in any order, and gives equal documents once", () => {
    const document = documentFixture("1.0.0", ["1.1.0"]);
    const first = agent.offer("a", document);
    feed.take(agent.heartbeat(), first, agent.report("a", { availabilityDigest: first.digest }));
    const other = new AgentFixture("beta");
    const second = other.offer("b", document);
    feed.take(other.heartbeat(), other.report("b", { availabilityDigest: second.digest }), second);
    const a = feed.fleet.instance(instanceKey({ cluster: "alpha", namespace: "default", name: "a" }));
    const b = feed.fleet.instance(instanceKey({ cluster: "beta", namespace: "default", name: "b" }));
    expect(a?.availability?.document).toEqual(document);
    expect(a?.availability).toBe(b?.availability);
  });

  it("counts only what moves an operation as progress", () => {
    feed.take(agent.heartbeat(), agent.report("main"));
    const progressedAt = (): number | undefined => feed.fleet.instance("alpha/default/main")?.progressedAtMs;
    feed.nowMs = 20_000;
    feed.take(agent.report("main", { message: "still trying" }));
    expect(progressedAt()).toBe(10_000);
    feed.take(agent.report("main", { phase: "Upgrading" }));
    expect(progressedAt()).toBe(20_000);
    const operation = { id: "o-1", kind: "upgrade" as const, steps: [], step: 0, action: "before/backup", attempt: 1, startedAtUnixMs: 1 };
    const told = [operation, { ...operation, attempt: 2 }, { ...operation, action: "deploy" }, { ...operation, step: 1, action: "deploy" }];
    const progressed = told.map((next, index) => {
      feed.nowMs = 30_000 + index;
      feed.take(agent.report("main", { phase: "Upgrading", operation: next }));
      return progressedAt();
    });
    expect(progressed).toEqual([30_000, 30_000, 30_002, 30_003]);
  });

  describe("a message whose content does not match its subject", () => {
    it("is refused, and shows as a difference to the agent's digest", () => {
      feed.take(agent.heartbeat(), agent.report("main"));
      const foreign = new AgentFixture("beta").report("main", { version: "6.6.6" });
      feed.take({ ...foreign, subject: subjects.report("alpha", "default", "main") });
      expect(feed.names()).toEqual(["alpha/main@1.0.0"]);
      feed.take(agent.heartbeat());
      expect(feed.fleet.cluster("alpha")?.inSync).toBe(false);
      expect(
        readFleetMessage({ ...foreign, subject: subjects.report("alpha", "default", "x") }, new AvailabilityDocuments()).problems,
      ).toMatchObject([{ code: "SubjectMismatch" }]);
    });
  });

  it("never throws for bytes, on any subject", () => {
    const all = [
      subjects.report("alpha", "default", "x"),
      subjects.availability("alpha", "default", "x"),
      subjects.heartbeat("alpha"),
      "portolan.v1.report",
      "x",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.uint8Array(), (subject, payload) => {
        expect(Array.isArray(feed.take({ subject, payload, sequence: 1 }))).toBe(true);
      }),
    );
  });

  describe("a cluster that was rebuilt under its old name", () => {
    const rebuilt = (startedAt = 2_000): AgentFixture => new AgentFixture("alpha", "uid-2", startedAt);

    it("leaves nothing behind, and says which subjects nobody speaks on", () => {
      feed.take(agent.heartbeat(), agent.report("old"), agent.report("both"));
      const next = rebuilt();
      feed.take(next.report("both", { version: "2.0.0" }));
      expect(feed.names()).toEqual(["alpha/both@1.0.0", "alpha/old@1.0.0"]);
      const changes = feed.take(next.heartbeat());
      expect(feed.names()).toEqual(["alpha/both@2.0.0"]);
      expect(changes.find(({ type }) => type === "leftBehind")).toMatchObject({
        subjects: [{ subject: subjects.report("alpha", "default", "old") }],
      });
      expect(feed.fleet.cluster("alpha")?.inSync).toBe(true);
    });

    it("is not replaced by its predecessor's late messages", () => {
      const next = rebuilt();
      feed.take(next.heartbeat(), next.report("main", { version: "2.0.0" }));
      expect(feed.take(agent.report("main"), agent.report("old"), ...agent.remove("main"))).toEqual([]);
      expect(feed.take(agent.heartbeat())).toEqual([{ type: "staleIncarnation", cluster: "alpha" }]);
      expect(feed.names()).toEqual(["alpha/main@2.0.0"]);
    });

    it("does not bring back what was dropped in between", () => {
      const next = rebuilt();
      feed.take(agent.heartbeat(), next.report("dropped"));
      feed.fleet.drop("alpha", [subjects.report("alpha", "default", "dropped")]);
      feed.take(next.heartbeat());
      expect(feed.names()).toEqual([]);
    });

    it("does not bring back what its predecessor has said last that it is gone", () => {
      feed.take(agent.heartbeat(), agent.report("main"));
      const next = rebuilt();
      feed.take(next.report("main"), ...agent.remove("main"));
      // The new one has removed it, and what it said of that was lost.
      next.remove("main");
      feed.take(next.heartbeat());
      expect(feed.fleet.cluster("alpha")?.inSync).toBe(true);
      expect(feed.names()).toEqual([]);
    });

    it("does not keep what its predecessor has said late that it is gone, once the digests agree", () => {
      const next = rebuilt();
      feed.take(next.heartbeat(), next.report("main"), ...agent.remove("main"));
      expect(feed.names()).toEqual(["alpha/main@1.0.0"]);
      next.remove("main");
      expect(feed.take(next.heartbeat())).toMatchObject([{ type: "instance", after: undefined }, { type: "heartbeat" }]);
      expect(feed.names()).toEqual([]);
    });

    it("is believed when the old one is offline, whatever the clocks say", () => {
      feed.take(agent.heartbeat());
      feed.nowMs += 60_000;
      feed.fleet.tick(feed.nowMs);
      const next = rebuilt(1);
      feed.take(next.heartbeat(), next.report("main"));
      expect(feed.names()).toEqual(["alpha/main@1.0.0"]);
    });
  });

  describe("connectivity", () => {
    const connectivity = (): string | undefined => feed.fleet.cluster("alpha")?.connectivity;

    it("ends after three missed heartbeats, and comes back with the next", () => {
      feed.take(agent.heartbeat());
      expect(feed.fleet.tick(feed.nowMs + 9_000)).toEqual([]);
      expect(feed.fleet.tick(feed.nowMs + 9_001)).toMatchObject([{ type: "cluster", after: { connectivity: "Offline" } }]);
      expect(feed.fleet.tick(feed.nowMs + 9_002)).toEqual([]);
      feed.nowMs += 10_000;
      feed.take(agent.heartbeat({ sentAtUnixMs: 5_000 }));
      expect(connectivity()).toBe("Online");
    });

    it("of a stored heartbeat comes from its age", () => {
      feed.live = false;
      feed.storedAtMs = feed.nowMs - 9_001;
      feed.take(agent.heartbeat());
      expect(connectivity()).toBe("Offline");
      // It comes again after a reconnect: still no sign of life.
      feed.fleet.listen(feed.nowMs);
      feed.take(agent.heartbeat());
      expect(connectivity()).toBe("Offline");
    });

    it.each([10, -10])("of a stored heartbeat does not depend on a clock that is %i minutes ahead", (minutes) => {
      feed.live = false;
      feed.nowMs = 10_000_000;
      const sentAtUnixMs = (storedAtMs: number) => storedAtMs + minutes * 60_000;
      feed.storedAtMs = feed.nowMs - 8_000;
      feed.take(agent.heartbeat({ sentAtUnixMs: sentAtUnixMs(feed.storedAtMs) }));
      expect(feed.fleet.cluster("alpha")).toMatchObject({ connectivity: "Online", clockSkewMs: minutes * 60_000 });
      feed.storedAtMs = feed.nowMs - 9_001;
      feed.take(new AgentFixture("beta").heartbeat({ sentAtUnixMs: sentAtUnixMs(feed.storedAtMs) }));
      expect(feed.fleet.cluster("beta")?.connectivity).toBe("Offline");
    });

    it("gives every cluster its time after the hub was cut off itself", () => {
      feed.take(agent.heartbeat());
      feed.nowMs += 60_000;
      feed.fleet.listen(feed.nowMs);
      feed.fleet.tick(feed.nowMs);
      expect(connectivity()).toBe("Online");
      feed.fleet.tick(feed.nowMs + 9_001);
      expect(connectivity()).toBe("Offline");
    });
  });

  describe("whatever is lost, repeated or overtaken on the wire", () => {
    type Operation = { readonly type: "report" | "offer" | "remove" | "rebuild"; readonly name: string; readonly version: string };
    const operation = fc.record<Operation>({
      type: fc.constantFrom("report", "report", "report", "offer", "offer", "remove", "rebuild"),
      name: fc.constantFrom("a", "b", "c"),
      version: fc.constantFrom("1.0.0", "1.1.0", "1.2.0"),
    });

    function messagesOf(agent: AgentFixture, { type, name, version }: Operation): RawMessage[] {
      switch (type) {
        case "report":
          return [agent.report(name, { version })];
        case "offer":
          return [agent.offer(name, documentFixture(version, ["2.0.0"]))];
        default:
          return agent.remove(name);
      }
    }

    function viewOf({ fleet }: Feed): unknown {
      return [...fleet.instances()]
        .map(({ cluster, namespace, name, status, availability }) => ({
          cluster,
          namespace,
          name,
          status,
          availability: availability?.digest,
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    }

    it("anti-entropy gives the view that a hub has that starts anew", () => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(operation, fc.constantFrom(0, 1, 1, 2), fc.nat({ max: 5 })), { maxLength: 40 }),
          fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 3 }),
          (operations, garbage) => {
            const feed = new Feed();
            let agent = new AgentFixture("alpha", "uid-0", 0);
            feed.take(agent.heartbeat());
            const wire: { readonly at: number; readonly message: RawMessage }[] = [];
            for (const [index, [operation, copies, delay]] of operations.entries()) {
              if (operation.type === "rebuild") {
                agent = new AgentFixture("alpha", `uid-${index + 1}`, index + 1);
              }
              const sent = operation.type === "rebuild" ? [agent.heartbeat()] : messagesOf(agent, operation);
              for (const message of sent) {
                for (let copy = 0; copy < copies; copy += 1) {
                  wire.push({ at: index + delay * copy, message });
                }
              }
            }
            for (const { message } of wire.toSorted((a, b) => a.at - b.at)) {
              feed.take(message);
            }
            for (const payload of garbage) {
              feed.take({ subject: subjects.report("alpha", "default", "a"), payload, sequence: 1 });
            }
            feed.take(agent.heartbeat());

            const { subjects: standing, arrivals } = feed.fleet.standing("alpha");
            const repair = planRepair(standing, arrivals, agent.listed());
            feed.fleet.drop(
              "alpha",
              repair.drop.map(({ subject }) => subject),
            );
            feed.take(...repair.republish.map((subject) => agent.again(subject)), agent.heartbeat());

            const fresh = new Feed();
            fresh.take(...[...agent.last.keys()].map((subject) => agent.again(subject)), agent.heartbeat());
            expect(feed.fleet.cluster("alpha")?.inSync).toBe(true);
            expect(viewOf(feed)).toEqual(viewOf(fresh));
          },
        ),
        { numRuns: 500 },
      );
    });
  });
});
