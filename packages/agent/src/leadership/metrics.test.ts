import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { leaderGauge } from "./metrics.ts";

it("says under client-go's name whether this process leads, also before it ever did", async () => {
  const registry = new Registry();
  const tell = leaderGauge(registry, "portolan-agent");
  expect(await registry.metrics()).toContain('leader_election_master_status{name="portolan-agent"} 0');
  tell(true);
  expect(await registry.metrics()).toContain('leader_election_master_status{name="portolan-agent"} 1');
  tell(false);
  expect(await registry.metrics()).toContain('leader_election_master_status{name="portolan-agent"} 0');
});
