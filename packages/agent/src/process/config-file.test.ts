import { describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.ts";
import { parseConfigFile } from "./config-file.ts";
import { usage } from "./config.ts";

const everything = `
cluster: north
kubeconfig: /kubeconfig
nats: nats://broker:4222
hubKeys: [one, two]
registrationId: r1
catalog: /catalog
namespace: agents
heartbeatMs: 500
namespacePatienceMs: 60000
listen: 127.0.0.1:9000
leaderElect: false
leaseDurationMs: 3000
leaseRenewDeadlineMs: 2000
leaseRetryPeriodMs: 500
helm: /usr/bin/helm
charts:
  cache: /cache
  folder: /charts
  mirrors:
    oci://ghcr.io: oci://mirror/ghcr
    https://charts.example.org: file:///charts
  digests: {}
  ca: /ca.pem
  plainHttp: [registry.local:5000]
  allowUnpinned: true
logLevel: debug
`;

describe("parseConfigFile", () => {
  it("gives every setting under its variable's name", () => {
    const variables = parseConfigFile("agent.yaml", everything);
    expect(variables).toMatchObject({
      PORTOLAN_CLUSTER: "north",
      PORTOLAN_HUB_KEYS: "one,two",
      PORTOLAN_HEARTBEAT_MS: "500",
      PORTOLAN_LEADER_ELECT: "false",
      PORTOLAN_CHART_MIRRORS: "oci://ghcr.io=oci://mirror/ghcr,https://charts.example.org=file:///charts",
      PORTOLAN_CHART_PLAIN_HTTP: "registry.local:5000",
      PORTOLAN_CHART_DIGESTS: "",
      PORTOLAN_ALLOW_UNPINNED_CHARTS: "true",
    });
    const inHelp = new Set(usage.match(/PORTOLAN_\w+/gu));
    expect(new Set([...Object.keys(variables), "PORTOLAN_CONFIG"])).toEqual(inHelp);
  });

  it.each(["", "# nothing", "nats:"])("takes %j for no setting", (text) => {
    expect(parseConfigFile("agent.yaml", text)).toEqual({});
  });

  it.each([
    ["hubkey: x", /agent\.yaml, found "hubkey" \(the nearest is hubKeys\)/u],
    ["chartMirrors: {a: b}", /"chartMirrors" \(the nearest is charts\)/u],
    ["charts: {mirror: {a: b}}", /"charts\.mirror" \(the nearest is charts\.mirrors\)/u],
    ["charts: {mirrors: [a=b]}", /expected a mapping of texts to texts without commas in charts\.mirrors of agent\.yaml, found a list/u],
    ["charts: mirrors", /expected a mapping of settings in charts of agent\.yaml, found text/u],
    ["PORTOLAN_LOG_LEVEL: info", /"PORTOLAN_LOG_LEVEL" \(the nearest is logLevel\)/u],
    ["clutser: north\nlogLevel: info\nlisten_: x", /"clutser" \(the nearest is cluster\), "listen_" \(the nearest is listen\)/u],
    ["- cluster", /expected a mapping of settings in agent\.yaml, found a list/u],
    ["north", /expected a mapping .* found text/u],
    ["cluster: 7", /expected text in cluster of agent\.yaml, found a number/u],
    ["cluster: [north]", /expected text in cluster/u],
    ["heartbeatMs: soon", /expected a number in heartbeatMs of agent\.yaml, found text/u],
    ["leaderElect: 0", /expected true or false in leaderElect of agent\.yaml, found a number/u],
    ["hubKeys: one", /expected a list of texts without commas in hubKeys of agent\.yaml, found text/u],
    ["hubKeys: ['one,two']", /expected a list of texts without commas/u],
    ["hubKeys: [1]", /expected a list of texts without commas/u],
    ["logLevel: { a: b }", /expected text in logLevel of agent\.yaml, found a mapping/u],
    ["cluster: &c north\nnamespace: *c", /expected YAML without aliases in agent\.yaml/u],
    ["cluster: a\ncluster: b", /expected YAML in agent\.yaml, found DUPLICATE_KEY in line 2, column 1/u],
  ])("refuses %j", (text, message) => {
    expect(() => parseConfigFile("agent.yaml", text)).toThrow(ConfigError);
    expect(() => parseConfigFile("agent.yaml", text)).toThrow(message);
  });

  it.each(["nats: nats://agent:hunter2@broker: x", "nats: [nats://agent:hunter2@broker]", "nats: 'nats://agent:hunter2@broker"])(
    "shows nobody's password in what it says of %j",
    (text) => {
      expect(() => parseConfigFile("agent.yaml", text)).toThrow(/^(?!.*hunter2).*agent\.yaml/su);
    },
  );
});
