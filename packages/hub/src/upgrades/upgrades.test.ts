import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BusError } from "@portolan/shared/bus";
import { RecordConflict } from "../records/mod.ts";
import { FleetFixture, SETTINGS } from "./fleet.fixture.ts";
import type { UpgradeRequest } from "./start.ts";
import { Upgrades } from "./upgrades.ts";

/** Records in memory that can be made to fail. */
class RecordsFixture {
  readonly values = new Map<string, Uint8Array>();
  readonly revisions = new Map<string, number>();
  failWith: Error | undefined;

  get(key: string): Uint8Array | undefined {
    return this.values.get(key);
  }

  revision(key: string): number {
    return this.revisions.get(key) ?? 0;
  }

  async write(key: string, value: Uint8Array, basis: number): Promise<void> {
    if (this.failWith !== undefined) {
      throw this.failWith;
    }
    if (basis !== this.revision(key)) {
      throw new RecordConflict("upgrades", key);
    }
    this.values.set(key, value);
    this.revisions.set(key, basis + 1);
  }

  async delete(key: string): Promise<void> {
    this.values.delete(key);
  }
}

const REQUEST: UpgradeRequest = { service: "cert-manager", version: "2.0.0", selector: {}, settings: { ...SETTINGS, maxConcurrent: 1 } };

describe("Upgrades", () => {
  let records: RecordsFixture;
  let fleet: FleetFixture;
  let upgrades: Upgrades;

  function hub(): Upgrades {
    const made = new Upgrades({
      records,
      fleet,
      labelsOf: () => ({}),
      knows: () => true,
      logger: pino({ level: "silent" }),
      now: Date.now,
      onDecided: () => {},
      onProgress: () => {},
    });
    made.drive(true);
    return made;
  }

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 });
    records = new RecordsFixture();
    fleet = new FleetFixture().add("a").add("b");
    upgrades = hub();
  });
  afterEach(() => {
    upgrades.stop();
    vi.useRealTimers();
  });

  const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
  const start = async (): Promise<string> => {
    const outcome = await upgrades.start(REQUEST);
    return "started" in outcome ? outcome.started.upgrade.id : outcome.problem.code;
  };
  const heard = (cluster: string): void => {
    const after = fleet.cluster(cluster);
    if (after !== undefined) {
      upgrades.onFleetChange({ type: "cluster", cluster, after });
    }
  };
  const sent = (): string[] => ["a", "b"].filter((cluster) => upgrades.intentsFor(cluster).length > 0);

  it("sends nothing that could not be stored, and nothing twice when it was stored after all", async () => {
    records.failWith = new BusError("Timeout", "no answer");
    await expect(upgrades.start(REQUEST)).rejects.toThrow(BusError);
    expect(sent()).toEqual([]);
    records.failWith = undefined;
    expect(await start()).toMatch(/^up-/u);
    expect(sent()).toEqual(["a"]);
  });

  it("decides again what could not be stored, as soon as it can", async () => {
    const id = await start();
    records.failWith = new BusError("Disconnected", "no connection");
    fleet.set("a", { version: "2.0.0", targetVersion: "2.0.0" }).answer("a", `${id}.0`, { phase: "Done" });
    heard("a");
    await settle(1_000);
    expect(sent()).toEqual(["a"]);
    records.failWith = undefined;
    await settle(5_000);
    expect(sent()).toEqual(["b"]);
  });

  it("moves on by the message that completes a target, without a poll", async () => {
    const id = await start();
    fleet.set("a", { version: "2.0.0", targetVersion: "2.0.0" }).answer("a", `${id}.0`, { phase: "Done" });
    await settle(5_000);
    expect(sent()).toEqual(["a"]);
    heard("a");
    await settle();
    expect(sent()).toEqual(["b"]);
  });

  it("ends a target at its deadline though nothing is heard", async () => {
    const id = await start();
    await settle(9_999);
    expect(upgrades.get(id)?.counts.Failed).toBe(0);
    await settle(2);
    expect(upgrades.get(id)).toMatchObject({ state: "Failed", counts: { Failed: 1, Skipped: 1 } });
  });

  it("goes on from the records after its memory was lost", async () => {
    const id = await start();
    upgrades.stop();
    upgrades = hub();
    for (const key of records.values.keys()) {
      upgrades.onRecord(key);
    }
    expect(sent()).toEqual(["a"]);
    fleet.set("a", { version: "2.0.0", targetVersion: "2.0.0" }).answer("a", `${id}.0`, { phase: "Done" });
    heard("a");
    await settle();
    expect(sent()).toEqual(["b"]);
  });

  it("keeps what another hub decided when it was faster", async () => {
    const id = await start();
    const other = hub();
    for (const key of records.values.keys()) {
      other.onRecord(key);
    }
    await other.abort(id);
    await settle();
    fleet.set("a", { version: "2.0.0", targetVersion: "2.0.0" }).answer("a", `${id}.0`, { phase: "Done" });
    heard("a");
    await settle(200);
    expect(upgrades.get(id)).toMatchObject({ state: "Aborted", counts: { Succeeded: 1, Skipped: 1 } });
    other.stop();
  });

  it("decides nothing while the view is incomplete", async () => {
    const id = await start();
    upgrades.drive(false);
    fleet.remove("a");
    heard("a");
    await settle(60_000);
    expect(upgrades.get(id)?.counts.Sent).toBe(1);
  });

  it("forgets an upgrade that was deleted", async () => {
    const id = await start();
    records.values.delete(id);
    upgrades.onRecord(id);
    expect([upgrades.get(id), sent()]).toEqual([undefined, []]);
  });

  it("keeps so many ended upgrades and no more", async () => {
    fleet.set("a", { version: "2.0.0", targetVersion: "2.0.0" }).set("b", { version: "2.0.0", targetVersion: "2.0.0" });
    for (let index = 0; index < 205; index += 1) {
      await start();
      await settle(1);
    }
    expect(upgrades.list().length).toBeLessThanOrEqual(201);
    expect(upgrades.list()[0]?.upgrade.createdAtMs).toBe(1_204);
    expect([...records.values.keys()].filter((key) => !key.includes("."))).toHaveLength(upgrades.list().length);
  });
});
