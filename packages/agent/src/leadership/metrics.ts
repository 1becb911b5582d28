import { Gauge, type Registry } from "prom-client";

/** client-go's gauge: 1 while this process leads. @returns to be told when that changes */
export function leaderGauge(registry: Registry, lease: string): (leads: boolean) => void {
  const gauge = new Gauge({
    name: "leader_election_master_status",
    help: "Whether this process leads: 1 for the leader, 0 for others",
    labelNames: ["name"],
    registers: [registry],
  });
  const tell = (leads: boolean): void => gauge.set({ name: lease }, leads ? 1 : 0);
  tell(false);
  return tell;
}
