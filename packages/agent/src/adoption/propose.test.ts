import type { JsonObject, ServiceDefinition } from "@portolan/shared/catalog";
import { describe, expect, it } from "vitest";
import { aService, anInstaller } from "../instance/state.fixture.ts";
import { propose, type FoundRelease } from "./propose.ts";

const cluster = { name: "here", labels: {}, kubernetesVersion: "v1.34.0" };
const chartValues = { replicas: 1, logging: { level: "info", format: "text" }, extra: null };

const installer = {
  ...anInstaller("1.0.0"),
  defaults: { fullnameOverride: "web" },
  values: { replicas: "${config.replicas}", logging: { level: "${config.log.level}" } },
};

const service: ServiceDefinition = {
  ...aService({ installers: [installer] }),
  config: {
    type: "object",
    properties: {
      replicas: { type: "integer", default: 1, maximum: 5 },
      log: { type: "object", default: {}, properties: { level: { type: "string", default: "info" } } },
    },
  },
};

function proposed(values: JsonObject, of: ServiceDefinition = service) {
  const release: FoundRelease = { namespace: "apps", name: "web", chartValues, values };
  return propose(release, { service: of, installer }, cluster);
}

describe("an instance for a release", () => {
  it.each<[what: string, values: JsonObject, config: JsonObject, overrides: JsonObject]>([
    ["as the service makes it", { fullnameOverride: "web" }, {}, {}],
    [
      "with what the config can say",
      { fullnameOverride: "web", replicas: 3, logging: { level: "debug" } },
      { replicas: 3, log: { level: "debug" } },
      {},
    ],
    ["with what the config cannot say", { fullnameOverride: "web", logging: { format: "json" } }, {}, { logging: { format: "json" } }],
    ["with what the config's schema refuses", { fullnameOverride: "web", replicas: 9 }, {}, { replicas: 9 }],
    ["without what the service would add", {}, {}, { fullnameOverride: null }],
  ])("%s", (_, values, config, overrides) => {
    expect(proposed(values)).toEqual({ possible: true, proposal: { service: service.name, version: "1.0.0", config, overrides } });
  });

  it("is not made where a secret would stand in it, and the secret is not told", () => {
    const result = proposed({ fullnameOverride: "web", db: { adminPassword: "hunter2" } });
    expect(result).toMatchObject({
      possible: false,
      obstacle: { code: "SecretInValues", message: expect.stringContaining("/db/adminPassword") },
    });
    expect(JSON.stringify(result)).not.toContain("hunter2");
  });

  it("is not made where the service takes Secrets, or the config is not told", () => {
    const secrets = [{ name: "database", description: "", keys: ["password"], optional: false }];
    expect(proposed({}, { ...service, secrets })).toMatchObject({ possible: false, obstacle: { code: "SecretsNeeded" } });
    const config = { ...service.config, required: ["hostname"] };
    expect(proposed({}, { ...service, config })).toMatchObject({ possible: false, obstacle: { code: "ConfigNeeded" } });
  });
});
