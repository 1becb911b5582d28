import { resolve } from "@portolan/shared/graph";
import { sha256Hex } from "@portolan/shared/json";
import { decodeAvailabilityDocument } from "@portolan/shared/wire";
import { describe, expect, it } from "vitest";
import { instanceAvailability } from "./availability.ts";
import { aService, anInstaller, anUpgrader } from "./state.fixture.ts";

const graphOf = (parts: Parameters<typeof aService>[0], installed?: string) =>
  resolve(aService(parts), {
    cluster: { name: "test", kubernetesVersion: "v1.37.2", labels: {} },
    neighbours: [],
    config: {},
    ...(installed === undefined ? {} : { installed }),
  });

describe("the availability of an instance", () => {
  it("tells the status and the fleet the same", () => {
    const { status, document } = instanceAvailability(graphOf({}, "2.0.0"), "2.0.0");
    expect(status.availableVersions.map(({ version, direction, steps }) => ({ version, direction, steps }))).toEqual([
      { version: "3.0.0", direction: "upgrade", steps: ["3.0.0"] },
      { version: "1.0.0", direction: "downgrade", steps: ["1.0.0"] },
    ]);
    expect(status.availability).toEqual({ available: 2, unavailable: 0, digest: sha256Hex(document) });
    expect(decodeAvailabilityDocument(document).value.available.map(({ planHash }) => planHash)).toEqual(
      status.availableVersions.map(({ planHash }) => planHash),
    );
  });

  it("never hides a version that cannot be reached", () => {
    const { status } = instanceAvailability(graphOf({}, "3.0.0"), "3.0.0");
    expect(status.unavailableVersions.map(({ version, reason }) => [version, reason])).toEqual([
      ["2.0.0", "NoRoute"],
      ["1.0.0", "NoRoute"],
    ]);
  });

  it("stays within what a status may hold, and counts all", () => {
    const many = Array.from({ length: 60 }, (_, index) => anInstaller(`1.${index}.0`));
    const blocked = Array.from({ length: 40 }, (_, index) => anInstaller(`2.${index}.0`, { kubernetes: "<1.0" }));
    const risks = Array.from({ length: 70 }, (_, index) => ({ id: `r${index}`, message: "" }));
    const upgraders = [anUpgrader("a", "1.0.0", ">=1.1.0 <2.0.0", { risks: risks.slice(0, 40) })];
    const { status } = instanceAvailability(graphOf({ installers: [...many, ...blocked], upgraders }, "1.0.0"), "1.0.0");
    expect(status.availableVersions).toHaveLength(30);
    expect(status.unavailableVersions).toHaveLength(20);
    expect(status.availability).toMatchObject({ available: 59, unavailable: 40 });
  });

  it("leaves out the farthest where they are long, and counts them", () => {
    const many = Array.from({ length: 30 }, (_, index) => anInstaller(`1.${index}.0`));
    const risks = Array.from({ length: 64 }, (_, index) => ({ id: `r${index}`.padEnd(128, "x"), message: "" }));
    const upgraders = [anUpgrader("a", "1.0.0", ">=1.1.0 <2.0.0", { risks })];
    const { status } = instanceAvailability(graphOf({ installers: many, upgraders }, "1.0.0"), "1.0.0");
    expect(status.availableVersions.length).toBeGreaterThan(5);
    expect(Buffer.byteLength(JSON.stringify(status.availableVersions))).toBeLessThanOrEqual(128 * 1024);
    expect(status.availability).toMatchObject({ available: 29 });
  });
});
