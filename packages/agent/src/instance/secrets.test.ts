import type { SecretRequirement } from "@portolan/shared/catalog";
import { describe, expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { json, ScriptedServer, status } from "../kube/testing/mod.ts";
import { readSecrets } from "./secrets.ts";
import { aService, anInstance } from "./state.fixture.ts";

const data = { password: Buffer.from("hunter2").toString("base64"), user: Buffer.from("admin").toString("base64") };
const server = new ScriptedServer()
  .serves("v1", { Secret: "secrets" })
  .always(
    "GET /api/v1/namespaces/apps/secrets/db",
    json(200, { apiVersion: "v1", kind: "Secret", metadata: { namespace: "apps", name: "db" }, data }),
  )
  .always(
    "GET /api/v1/namespaces/apps/secrets/keystore",
    json(200, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "apps", name: "keystore" },
      data: { ...data, store: "/u3+7QAB" },
    }),
  )
  .always(
    "GET /api/v1/namespaces/apps/secrets/none",
    status(404, "NotFound", 'secrets "none" not found', { name: "none", kind: "secrets" }),
  );
const kube = new KubeClient({ transport: server.transport });

const needs = (name: string, parts: Partial<SecretRequirement> = {}): SecretRequirement => ({
  name,
  description: "of the database",
  keys: ["password"],
  optional: false,
  ...parts,
});
const serviceOf = (...secrets: readonly SecretRequirement[]) => aService({ secrets });
const instanceOf = (references: Readonly<Record<string, string>>) =>
  anInstance({ spec: { secretRefs: Object.entries(references).map(([name, secretName]) => ({ name, secretName })) } });

describe("the secrets of an instance", () => {
  it("are decoded under the service's own names", async () => {
    expect(await readSecrets(kube, instanceOf({ database: "db" }), [serviceOf(needs("database"))])).toEqual({
      values: { database: { password: "hunter2", user: "admin" } },
      missing: [],
    });
  });

  it.each([
    ["no reference", {}, needs("database"), "spec.secretRefs names no secret for database (of the database)"],
    ["no Secret", { database: "none" }, needs("database"), "the Secret apps/none does not exist"],
    [
      "no such key",
      { database: "db" },
      needs("database", { keys: ["password", "token", "ca"] }),
      "the Secret apps/db lacks the key token, ca",
    ],
  ])("tell of %s by name, and never of a value", async (_, references, requirement, message) => {
    const { missing } = await readSecrets(kube, instanceOf(references), [serviceOf(requirement)]);
    expect(missing).toEqual([message]);
    expect(missing.join()).not.toContain("hunter2");
    expect((await readSecrets(kube, instanceOf(references), [serviceOf({ ...requirement, optional: true })])).missing).toEqual([]);
  });

  it.each([false, true])("that are no text are refused by name, optional or not (%s), where the service takes them", async (optional) => {
    const references = instanceOf({ tls: "keystore" });
    const { missing } = await readSecrets(kube, references, [serviceOf(needs("tls", { keys: ["store", "password"], optional }))]);
    expect(missing).toEqual(["the Secret apps/keystore holds bytes that are no UTF-8 text in store: put their base64 there"]);
    expect(await readSecrets(kube, references, [serviceOf(needs("tls", { optional }))])).toEqual({
      values: { tls: { password: "hunter2", user: "admin" } },
      missing: [],
    });
  });

  it("that only what is installed needs are read where they are, and asked for nowhere", async () => {
    const [wanted, kept] = [serviceOf(), serviceOf(needs("database"), needs("gone"))];
    const { values, missing } = await readSecrets(kube, instanceOf({ database: "db", gone: "none" }), [wanted, undefined, kept]);
    expect(Object.keys(values)).toEqual(["database"]);
    expect(missing).toEqual([]);
  });
});
