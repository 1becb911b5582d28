import { generateKeyPair } from "@portolan/shared/signing";
import { describe, expect, it } from "vitest";
import { chartConfig } from "./chart-config.ts";
import { ConfigError } from "./config-error.ts";
import { readConfig } from "./config.ts";

const [key, otherKey] = [generateKeyPair().publicKey, generateKeyPair().publicKey];

describe("readConfig", () => {
  it("needs a name, and gives the rest its defaults", () => {
    expect(readConfig(["--cluster", "north"], {})).toEqual({
      cluster: "north",
      hubKeys: [],
      registrationId: "",
      namespace: "portolan-system",
      heartbeatMs: 3_000,
      logLevel: "info",
      leaderElection: { durationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 },
      charts: chartConfig({}, {}),
    });
  });

  it("takes flags before the environment", () => {
    const environment = {
      PORTOLAN_CLUSTER: "south",
      PORTOLAN_KUBECONFIG: "/etc/kubeconfig",
      PORTOLAN_NATS: "nats://broker:4222",
      PORTOLAN_HUB_KEYS: `${key}, ${otherKey}`,
      PORTOLAN_REGISTRATION_ID: "r1",
      PORTOLAN_CATALOG: "/catalog",
      PORTOLAN_NAMESPACE: "agents",
      PORTOLAN_HEARTBEAT_MS: "500",
      PORTOLAN_NAMESPACE_PATIENCE_MS: "60000",
      PORTOLAN_LISTEN: "127.0.0.1:9000",
      PORTOLAN_LOG_LEVEL: "debug",
      PORTOLAN_LEASE_DURATION_MS: "3000",
      PORTOLAN_LEASE_RENEW_DEADLINE_MS: "2000",
      PORTOLAN_LEASE_RETRY_PERIOD_MS: "500",
      PORTOLAN_HELM: "/usr/bin/helm",
    };
    expect(readConfig([], environment)).toEqual({
      cluster: "south",
      kubeconfig: "/etc/kubeconfig",
      nats: "nats://broker:4222",
      hubKeys: [key, otherKey],
      registrationId: "r1",
      catalog: "/catalog",
      namespace: "agents",
      heartbeatMs: 500,
      namespacePatienceMs: 60_000,
      listen: { host: "127.0.0.1", port: 9000 },
      logLevel: "debug",
      leaderElection: { durationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 500 },
      helm: "/usr/bin/helm",
      charts: chartConfig({}, {}),
    });
    expect(readConfig(["--cluster", "north", "--hub-key", otherKey, "--heartbeat-ms", "900"], environment)).toMatchObject({
      cluster: "north",
      hubKeys: [otherKey],
      heartbeatMs: 900,
    });
  });

  it.each([
    [["--no-leader-elect"], {}],
    [[], { PORTOLAN_LEADER_ELECT: "false" }],
  ])("asks for no Lease with %j and %j", (args, environment) => {
    expect(readConfig(["--cluster", "north", ...args], environment)).not.toHaveProperty("leaderElection");
    expect(readConfig(["--cluster", "north", "--leader-elect"], environment)).toHaveProperty("leaderElection");
  });

  it("takes an empty setting for none", () => {
    expect(readConfig(["--cluster", "north"], { PORTOLAN_NATS: "", PORTOLAN_HUB_KEYS: "" })).not.toHaveProperty("nats");
  });

  it("takes from a file what neither flags nor the environment say", () => {
    const file = "cluster: south\nnamespace: agents\nheartbeatMs: 500\nleaderElect: false\ncharts: {allowUnpinned: true}\n";
    const readText = (path: string): string => (path === "/agent.yaml" ? file : "");
    expect(readConfig(["--config", "/agent.yaml"], {}, readText)).toMatchObject({
      cluster: "south",
      namespace: "agents",
      heartbeatMs: 500,
      charts: { allowUnpinned: true },
    });
    const environment = { PORTOLAN_CONFIG: "/agent.yaml", PORTOLAN_HEARTBEAT_MS: "700", PORTOLAN_CLUSTER: "east", PORTOLAN_NAMESPACE: "" };
    const flags = ["--cluster", "north", "--leader-elect", "--no-allow-unpinned-charts"];
    expect(readConfig([], environment, readText)).not.toHaveProperty("leaderElection");
    expect(readConfig(flags, environment, readText)).toMatchObject({
      cluster: "north",
      namespace: "agents",
      heartbeatMs: 700,
      leaderElection: { durationMs: 15_000 },
      charts: { allowUnpinned: false },
    });
  });

  it("checks what the file says as it checks the rest, and says when it cannot be read", () => {
    expect(() => readConfig(["--config", "a.yaml"], {}, () => "cluster: North_1")).toThrow(/expected a DNS label.*found "North_1"/u);
    expect(() => readConfig(["--config", "/none/agent.yaml"], {})).toThrow(
      expect.objectContaining({ code: "InvalidConfiguration", message: expect.stringMatching(/--config: ENOENT.*\/none\/agent.yaml/u) }),
    );
  });

  it.each([
    ["[::1]:9000", { host: "::1", port: 9000 }],
    ["localhost:0", { host: "localhost", port: 0 }],
  ])("listens on %s", (listen, address) => {
    expect(readConfig(["--cluster", "north", "--listen", listen], {}).listen).toEqual(address);
  });

  it.each<[args: readonly string[], message: RegExp]>([
    [[], /expected the cluster's name in --cluster or PORTOLAN_CLUSTER, found none/u],
    [["--cluster", "North_1"], /expected a DNS label.*found "North_1"/u],
    [["--cluster", "a".repeat(64)], /expected a DNS label/u],
    [["--cluster", "north", "--nats", "nats://x"], /expected the hub's public key.*found none/u],
    [["--cluster", "north", "--hub-key", "short"], /expected the hub's public key.*32 bytes.*found "short"/u],
    [["--cluster", "north", "--namespace", "No"], /expected a DNS label in --namespace, found "No"/u],
    [["--cluster", "north", "--heartbeat-ms", "99"], /expected 100 to 3600000 ms in --heartbeat-ms, found "99"/u],
    [["--cluster", "north", "--heartbeat-ms", "3000000000"], /--heartbeat-ms/u],
    [["--cluster", "north", "--heartbeat-ms", "soon"], /--heartbeat-ms, found "soon"/u],
    [["--cluster", "north", "--namespace-patience-ms", "0"], /expected 1 to 3600000 ms in --namespace-patience-ms, found "0"/u],
    [["--cluster", "north", "--listen", "9000"], /expected HOST:PORT in --listen, found "9000"/u],
    [["--cluster", "north", "--listen", ":9000"], /HOST:PORT/u],
    [["--cluster", "north", "--listen", "localhost:65536"], /HOST:PORT/u],
    [["--cluster", "north", "--log-level", "loud"], /expected one of trace, .* in --log-level, found "loud"/u],
    [["--cluster", "north", "--lease-duration-ms", "0.5"], /expected 1 to 3600000 ms in --lease-duration-ms, found "0.5"/u],
    [
      ["--cluster", "north", "--lease-duration-ms", "10000"],
      /--lease-duration-ms .* > --lease-renew-deadline-ms > .*found 10000, 10000, 2000/u,
    ],
    [["--cluster", "north", "--lease-retry-period-ms", "10000"], /found 15000, 10000, 10000/u],
    [["--cluster", "north", "--unknown"], /--unknown/u],
    [["--cluster", "north", "extra"], /extra/u],
    [["--cluster"], /--cluster/u],
  ])("refuses %j", (args, message) => {
    expect(() => readConfig(args, {})).toThrow(ConfigError);
    expect(() => readConfig(args, {})).toThrow(message);
  });

  it("refuses what is neither true nor false", () => {
    expect(() => readConfig(["--cluster", "north"], { PORTOLAN_LEADER_ELECT: "perhaps" })).toThrow(
      /PORTOLAN_LEADER_ELECT, found "perhaps"/u,
    );
  });
});
