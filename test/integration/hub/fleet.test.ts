import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { offer, status } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";

describe("a hub on a real NATS server", () => {
  let harness: Harness;
  let hub: TestHub;

  beforeAll(async () => {
    harness = await Harness.start();
    hub = await harness.hub();
  });
  afterAll(() => harness.stop());

  it("shows what agents report", async () => {
    const agent = await harness.agent("alpha");
    const digest = agent.offer("main", offer("1.0.0", ["1.1.0", "1.2.0"], ["2.0.0"]));
    agent.report("main", status({ availabilityDigest: digest }));

    const { body } = await eventually(
      () => hub.get("/v1/clusters/alpha/namespaces/default/instances/main"),
      ({ body: instance }) => instance.availability?.current === true,
    );
    expect(body).toMatchObject({ cluster: "alpha", service: "cert-manager", version: "1.0.0", ready: true });
    const clusters = await hub.get("/v1/clusters");
    expect(clusters.body.items).toMatchObject([{ name: "alpha", state: "Online", instances: 1 }]);
    const rows = (await hub.get("/v1/availability?service=cert-manager")).body.items;
    expect(rows).toMatchObject([
      { version: "2.0.0", counts: { installed: 0, reachable: 0, blocked: 1 } },
      { version: "1.2.0", reachable: [{ cluster: "alpha", steps: 2 }] },
      { version: "1.1.0", reachable: [{ cluster: "alpha", steps: 1 }] },
      { version: "1.0.0", installed: [{ cluster: "alpha", namespace: "default", name: "main" }] },
    ]);
  });
});
