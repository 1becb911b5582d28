import { describe, expect, it } from "vitest";
import { statusFixture } from "../fleet/agent.fixture.ts";
import { FleetFixture } from "../rollouts/fleet.fixture.ts";
import { presentCluster, presentInstance } from "./present.ts";

const FAR_FUTURE = Number.MAX_SAFE_INTEGER;

describe("what agents say with clocks of their own", () => {
  it("never breaks a list: a time that no date can be becomes the last that can", () => {
    const instance = {
      cluster: "a",
      namespace: "default",
      name: "main",
      progressedAtMs: 0,
      status: statusFixture({ changedAtUnixMs: FAR_FUTURE }),
    };
    expect(presentInstance(instance).changedAt).toBe("+275760-09-13T00:00:00.000Z");
    const cluster = new FleetFixture().add("a").cluster("a");
    const heartbeat = cluster === undefined ? undefined : { ...cluster, heartbeat: { ...cluster.heartbeat, startedAtUnixMs: FAR_FUTURE } };
    const shown =
      heartbeat === undefined ? undefined : presentCluster(heartbeat, { labels: {}, revision: 1, problem: undefined, instances: 1 });
    expect(shown?.agentStartedAt).toBe("+275760-09-13T00:00:00.000Z");
  });
});
