import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectBus } from "@portolan/shared/bus";
import { parseCatalog } from "@portolan/shared/catalog";
import { decodeCatalogDocument, subjects } from "@portolan/shared/wire";
import type { FakeAgent } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";

function catalog(...versions: string[]) {
  return {
    services: [
      {
        name: "cert-manager",
        title: "cert-manager",
        description: "Certificates",
        scope: "Cluster",
        config: { type: "object" },
        examples: [],
        secrets: [],
        installers: versions.map((version) => ({
          version,
          requires: [],
          deployer: { type: "manifests", objects: [] },
          defaults: {},
          values: {},
          health: [],
        })),
        upgraders: [],
      },
    ],
  };
}

describe("the fleet's catalogs", () => {
  let harness: Harness;
  let hub: TestHub;
  let agent: FakeAgent;

  beforeAll(async () => {
    harness = await Harness.start();
    hub = await harness.hub();
    agent = await harness.agent("alpha");
  });
  afterAll(() => harness.stop());

  const setOfAgent = () => agent.document?.catalogSet.map(({ name }) => name) ?? [];

  it("are published content-addressed, reach the agents by their documents, and are withdrawn", async () => {
    const { status, body } = await hub.post("/v1/catalogs", { name: "base", catalog: catalog("1.0.0") });
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: "base", services: [{ name: "cert-manager", versions: ["1.0.0"] }] });
    await hub.post("/v1/catalogs", { name: "extra", catalog: catalog("1.1.0") });
    await eventually(setOfAgent, (set) => set.join() === "base,extra");

    const digest = agent.document?.catalogSet[0]?.digest ?? "";
    expect(digest).toBe(body.digest);
    const bus = await connectBus({ servers: harness.nats.url, name: "test" });
    const stored = await bus.lastMessage("PORTOLAN_CATALOGS", subjects.catalog(digest));
    await bus.close();
    const { content } = decodeCatalogDocument(stored?.payload ?? new Uint8Array());
    expect(createHash("sha256").update(content).digest("hex")).toBe(digest);
    expect(parseCatalog(JSON.parse(Buffer.from(content).toString())).problems).toEqual([]);

    // Published again under its name, it keeps its place.
    const { body: changed } = await hub.post("/v1/catalogs", { name: "base", catalog: catalog("1.0.0", "1.0.1") });
    await eventually(
      () => agent.document?.catalogSet,
      (set) => set?.[0]?.digest === changed.digest,
    );
    expect(setOfAgent()).toEqual(["base", "extra"]);

    expect((await hub.send("DELETE", "/v1/catalogs/base")).status).toBe(204);
    await eventually(setOfAgent, (set) => set.join() === "extra");
    expect((await hub.get("/v1/catalogs")).body.items).toMatchObject([{ name: "extra" }]);
    expect(await hub.send("DELETE", "/v1/catalogs/base")).toMatchObject({ status: 404, body: { code: "UnknownCatalog" } });
  });

  it("are published though their requirements lead in a circle, which another catalog may break, and that is said", async () => {
    const [service] = catalog("1.0.0").services;
    const installers = service?.installers.map((installer) => ({ ...installer, requires: [{ service: "cert-manager", range: "*" }] }));
    const { status, body } = await hub.post("/v1/catalogs", { name: "circle", catalog: { services: [{ ...service, installers }] } });
    expect(status).toBe(201);
    expect(body).toMatchObject({ findings: [{ severity: "error", code: "RequirementCycle" }] });
    expect((await hub.send("DELETE", "/v1/catalogs/circle")).status).toBe(204);
  });

  it("are refused with every finding when something is wrong, and nothing is published", async () => {
    const broken = catalog("1.0.0", "not-a-version");
    const { status, body } = await hub.post("/v1/catalogs", { name: "broken", catalog: broken });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: "CatalogInvalid",
      findings: [{ code: "InvalidVersion", file: expect.stringContaining("not-a-version") }],
    });
    expect((await hub.get("/v1/catalogs")).body.items.map(({ name }: { name: string }) => name)).not.toContain("broken");
    expect(await hub.post("/v1/catalogs", { name: "No Name", catalog: catalog("1.0.0") })).toMatchObject({
      status: 400,
      body: { errors: [{ path: "body/name" }] },
    });
    const large = catalog(...Array.from({ length: 3_000 }, (_, index) => `1.0.${index}`));
    Object.assign(large.services[0] ?? {}, { description: "x".repeat(400_000) });
    expect((await hub.post("/v1/catalogs", { name: "large", catalog: large })).status).toBe(422);
    expect(await hub.post("/v1/catalogs", { name: "huge", catalog: "x".repeat(11_000_000) })).toMatchObject({
      status: 413,
      body: { code: "TooLarge" },
    });
  });
});
