import { parseCatalog, serializeCatalog } from "@portolan/shared/catalog";
import { sha256Hex } from "@portolan/shared/json";
import { encodeCatalogDocument, subjects, type CatalogReference } from "@portolan/shared/wire";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeBus } from "../report/bus.fixture.ts";
import type { NamedCatalog } from "./catalogs.ts";
import { FleetCatalogs } from "./fleet-catalogs.ts";

let bus: FakeBus;
let changes: (readonly NamedCatalog[])[];
let catalogs: FleetCatalogs;

beforeEach(() => {
  vi.useFakeTimers();
  bus = new FakeBus();
  changes = [];
  catalogs = new FleetCatalogs({ bus, logger: pino({ level: "silent" }), onChange: (fleet) => changes.push(fleet) });
});

afterEach(() => {
  catalogs.stop();
  vi.useRealTimers();
});

function contentOf(version: string): Uint8Array {
  const installers = [{ version, deployer: { type: "manifests", objects: [] } }];
  return serializeCatalog(parseCatalog({ services: [{ name: "web", installers, upgraders: [] }] }).catalog);
}

/** Publishes content under a digest, which is its own unless another one is given. */
function publish(name: string, content: Uint8Array, digest = sha256Hex(content)): CatalogReference {
  bus.stored.set(subjects.catalog(digest), encodeCatalogDocument({ name, content }));
  return { name, digest };
}

const versions = () => changes.at(-1)?.map(({ name, catalog }) => [name, catalog.services[0]?.installers[0]?.version]);

describe("the fleet's catalogs", () => {
  it("are fetched by digest, in the order of the set", async () => {
    const [one, two] = [publish("one", contentOf("1.0.0")), publish("two", contentOf("2.0.0"))];
    await catalogs.use([two, one]);
    expect(versions()).toEqual([
      ["two", "2.0.0"],
      ["one", "1.0.0"],
    ]);
    expect(catalogs.problems).toEqual([]);
  });

  it("are fetched once, however often the set changes around them", async () => {
    const [one, two] = [publish("one", contentOf("1.0.0")), publish("two", contentOf("2.0.0"))];
    const read = vi.spyOn(bus, "lastMessage");
    await catalogs.use([one]);
    await catalogs.use([one, two]);
    expect(read).toHaveBeenCalledTimes(2);
    await catalogs.use([two]);
    expect(versions()).toEqual([["two", "2.0.0"]]);
    await catalogs.use([one]);
    expect(read).toHaveBeenCalledTimes(3);
  });

  it("that are missing are looked for again, and the others are used meanwhile", async () => {
    const one = publish("one", contentOf("1.0.0"));
    const content = contentOf("2.0.0");
    const late = { name: "late", digest: sha256Hex(content) };
    await catalogs.use([one, late]);
    expect(versions()).toEqual([["one", "1.0.0"]]);
    expect(catalogs.problems).toEqual([`late: the catalog ${late.digest.slice(0, 12)} is not in the stream`]);
    publish("late", content);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(versions()).toEqual([
      ["one", "1.0.0"],
      ["late", "2.0.0"],
    ]);
    expect(catalogs.problems).toEqual([]);
  });

  it("are looked for again when the broker is away", async () => {
    const one = publish("one", contentOf("1.0.0"));
    bus.connected = false;
    await catalogs.use([one]);
    expect(catalogs.problems).toEqual(["one: it cannot be fetched"]);
    bus.connected = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(versions()).toEqual([["one", "1.0.0"]]);
  });

  it.each([
    ["another content", () => publish("bad", contentOf("6.6.6"), "0".repeat(64)), /is not what its digest says/u],
    ["no catalog", () => publish("bad", Buffer.from("{")), /it cannot be decoded/u],
  ])("with %s under a digest are never used", async (_, publishBad, problem) => {
    await catalogs.use([publishBad(), publish("good", contentOf("1.0.0"))]);
    expect(versions()).toEqual([["good", "1.0.0"]]);
    expect(catalogs.problems).toEqual([expect.stringMatching(problem)]);
  });

  it("with mistakes are used for their good parts, and the mistakes are told, cut to a line", async () => {
    const content = Buffer.from(
      JSON.stringify({
        services: [
          { name: "web", installers: [{ version: "1.0.0", deployer: { type: "manifests", objects: [] } }], upgraders: [] },
          { name: "x".repeat(5_000), installers: [], upgraders: [] },
        ],
      }),
    );
    await catalogs.use([publish("half", content)]);
    expect(versions()).toEqual([["half", "1.0.0"]]);
    expect(catalogs.problems.length).toBeGreaterThan(0);
    expect(catalogs.problems.every((problem) => problem.startsWith("half: ") && problem.length <= 1_024)).toBe(true);
  });

  it("of an older set do not come after those of a newer one", async () => {
    const [one, two] = [publish("one", contentOf("1.0.0")), publish("two", contentOf("2.0.0"))];
    const read = bus.lastMessage.bind(bus);
    const slow = Promise.withResolvers<void>();
    vi.spyOn(bus, "lastMessage").mockImplementationOnce(async (...asked) => {
      await slow.promise;
      return await read(...asked);
    });
    const first = catalogs.use([one]);
    await catalogs.use([two]);
    slow.resolve();
    await first;
    expect(changes).toHaveLength(1);
    expect(versions()).toEqual([["two", "2.0.0"]]);
  });
});
