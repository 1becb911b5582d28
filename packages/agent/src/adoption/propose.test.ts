import type { Installer, JsonObject, ServiceDefinition } from "@portolan/shared/catalog";
import { describe, expect, it } from "vitest";
import { aService, anInstaller } from "../instance/state.fixture.ts";
import { propose, type FoundRelease, type Given } from "./propose.ts";

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

function proposed(
  values: JsonObject,
  { of = service, by = installer, given = {} }: { of?: ServiceDefinition; by?: Installer; given?: Given } = {},
) {
  const release: FoundRelease = { namespace: "apps", name: "web", chartValues, values };
  return propose(release, { service: of, installer: by }, cluster, given);
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
    expect(proposed(values)).toEqual({
      possible: true,
      proposal: { service: service.name, version: "1.0.0", config, overrides, secretRefs: [], newSecrets: [] },
    });
  });

  it("is not made where a secret would stand in it, and the secret is not told", () => {
    const result = proposed({ fullnameOverride: "web", db: { adminPassword: "hunter2" } });
    expect(result).toMatchObject({
      possible: false,
      obstacle: { code: "SecretInValues", message: expect.stringContaining("/db/adminPassword") },
    });
    expect(JSON.stringify(result)).not.toContain("hunter2");
  });

  it("is not made where the config is not told", () => {
    const config = { ...service.config, required: ["hostname"] };
    expect(proposed({}, { of: { ...service, config } })).toMatchObject({ possible: false, obstacle: { code: "ConfigNeeded" } });
  });

  it("is not made where the config would hold a secret, unless people have given it", () => {
    const config = { type: "object", properties: { adminPassword: { type: "string" } } };
    const by = { ...installer, values: { adminPassword: "${config.adminPassword}" } };
    const [values, of] = [
      { fullnameOverride: "web", adminPassword: "hunter2" },
      { ...service, config },
    ];
    expect(proposed(values, { of, by })).toMatchObject({
      obstacle: { code: "SecretInValues", message: expect.stringContaining("/adminPassword") },
    });
    expect(proposed(values, { of, by, given: { config: { adminPassword: "hunter2" } } })).toMatchObject({ possible: true });
  });
});

describe("an instance of a service that takes Secrets", () => {
  const secrets = [{ name: "database", description: "", keys: ["password", "user-name"], optional: false }];
  const of = { ...service, secrets };
  const by = {
    ...installer,
    defaults: {},
    values: { db: { password: "${secrets.database.password}", user: '${secrets["database"]["user-name"]}' } },
  };
  const values = { db: { password: "hunter2", user: "web" } };
  const secret = (data?: Readonly<Record<string, string>>, binaryKeys: readonly string[] = []): Given => ({
    secrets: [{ name: "database", secretName: "web-db", ...(data === undefined ? {} : { data, binaryKeys }) }],
  });

  it("refers to the Secret that holds what the release has", () => {
    expect(proposed(values, { of, by, given: secret({ password: "hunter2", "user-name": "web", more: "" }) })).toEqual({
      possible: true,
      proposal: {
        service: service.name,
        version: "1.0.0",
        config: {},
        overrides: {},
        secretRefs: [{ name: "database", secretName: "web-db" }],
        newSecrets: [],
      },
    });
  });

  it("asks for a Secret to be made of what the release says, where there is none", () => {
    expect(proposed(values, { of, by, given: secret() })).toMatchObject({
      possible: true,
      proposal: {
        overrides: {},
        secretRefs: [{ name: "database", secretName: "web-db" }],
        newSecrets: [{ secretName: "web-db", data: { password: "hunter2", "user-name": "web" } }],
      },
    });
  });

  it.each<[what: string, given: Given, code: string, words: string]>([
    ["no Secret is named", {}, "SecretsNeeded", "--secret database=SECRET"],
    ["it lacks a key", secret({ password: "hunter2" }), "SecretsNeeded", "web-db lacks user-name"],
    ["it holds no text", secret({ password: "hunter2" }, ["user-name"]), "SecretsNeeded", "holds other bytes in user-name"],
    ["it holds something else", secret({ password: "other", "user-name": "web" }), "SecretDiffers", "/db/password"],
  ])("is not made where %s", (_, given, code, words) => {
    const result = proposed(values, { of, by, given });
    expect(result).toMatchObject({ possible: false, obstacle: { code, message: expect.stringContaining(words) } });
    expect(JSON.stringify(result)).not.toMatch(/hunter2|other"/u);
  });

  it("is not made where the release does not say a key, or two new Secrets would have one name", () => {
    expect(proposed({ db: { password: "hunter2" } }, { of, by, given: secret() })).toMatchObject({
      obstacle: { code: "SecretsNeeded", message: expect.stringContaining("the values do not say user-name") },
    });
    const more = { ...by, values: { ...by.values, token: "${secrets.api.token}" } };
    const two = { ...of, secrets: [...secrets, { name: "api", description: "", keys: ["token"], optional: false }] };
    const given = { secrets: ["database", "api"].map((name) => ({ name, secretName: "web" })) };
    expect(proposed({ ...values, token: "x" }, { of: two, by: more, given })).toMatchObject({
      obstacle: { code: "SecretsNeeded", message: expect.stringContaining("more than one") },
    });
  });

  it("goes without an optional Secret that nobody names", () => {
    const optional = { ...service, secrets: [{ ...secrets[0]!, optional: true }] };
    expect(proposed({ fullnameOverride: "web" }, { of: optional })).toMatchObject({ possible: true, proposal: { secretRefs: [] } });
  });
});
