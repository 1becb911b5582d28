import { setTimeout as sleep } from "node:timers/promises";
import { Controller, EventRecorder, Reflector, type Delta } from "@portolan/agent/controller";
import {
  fieldConflicts,
  isAlreadyExists,
  isConflict,
  isInvalid,
  isNoKindMatch,
  isNotFound,
  KubeError,
  refOf,
  type KubeClient,
  type KubeObject,
  type WatchEvent,
} from "@portolan/agent/kube";
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";

const NAMESPACE = "kube-client";
const SETTLE_MS = 20_000;
const logger = pino({ level: "silent" });

/**
 * What the client and the controller runtime expect of an API server, as one suite: it runs on the real one and on the embedded one.
 *
 * @param client may do everything; asked for when the tests run
 */
export function describeServer(client: () => KubeClient): void {
  const configMap = (
    name: string,
    data: Readonly<Record<string, string>> = {},
    metadata: Partial<KubeObject["metadata"]> = {},
  ): KubeObject => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: NAMESPACE, ...metadata },
    data,
  });
  const ref = (name: string): ReturnType<typeof refOf> => refOf(configMap(name));

  beforeAll(async () => {
    await client().apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }, { fieldManager: "test" });
  });

  describe("objects", () => {
    it("knows the server's version and its kinds", async () => {
      expect((await client().version()).gitVersion).toMatch(/^v1\.\d+\.\d+/u);
      expect(await client().resourceFor("apps/v1", "Deployment")).toMatchObject({ plural: "deployments", namespaced: true });
      expect((await client().resourceFor("apps/v1", "Deployment")).subresources).toContain("status");
      expect((await client().resourceFor("v1", "Namespace")).namespaced).toBe(false);
      await expect(client().resourceFor("v1", "Unicorn")).rejects.toSatisfy(isNoKindMatch);
      await expect(client().get({ apiVersion: "no.such.group/v1", kind: "X", name: "x" })).rejects.toSatisfy(isNoKindMatch);
    });

    it("creates, reads, replaces and deletes", async () => {
      const created = await client().create(configMap("crud", { a: "1" }));
      await expect(client().create(configMap("crud"))).rejects.toSatisfy(isAlreadyExists);
      expect(await client().get(ref("crud"))).toEqual(created);

      const replaced = await client().replace({ ...created, data: { a: "2" } });
      expect(replaced["data"]).toEqual({ a: "2" });
      await expect(client().replace({ ...created, data: { a: "3" } })).rejects.toSatisfy(isConflict);

      const { uid } = replaced.metadata;
      await expect(client().delete(ref("crud"), { uid: "00000000-0000-0000-0000-000000000000" })).rejects.toSatisfy(isConflict);
      expect(await client().delete(ref("crud"), { uid })).toBe(true);
      expect(await client().get(ref("crud"))).toBeUndefined();
      expect(await client().delete(ref("crud"))).toBe(false);
    });

    it("patches, and says what was not there", async () => {
      await client().create(configMap("patched", { a: "1", b: "2" }));
      const merged = await client().patch(ref("patched"), { type: "merge", patch: { data: { a: null, c: "3" } } }, { fieldManager: "m" });
      expect(merged["data"]).toEqual({ b: "2", c: "3" });
      const operations = [{ op: "test", path: "/data/b", value: "2" } as const, { op: "remove", path: "/data/b" } as const];
      expect((await client().patch(ref("patched"), { type: "json", patch: operations }))["data"]).toEqual({ c: "3" });
      await expect(client().patch(ref("absent"), { type: "merge", patch: {} })).rejects.toSatisfy(isNotFound);
    });

    it("applies: fields belong to managers, conflicts name them, force takes them, leaving them out gives them up", async () => {
      await client().apply(configMap("applied", { mine: "1", shared: "1" }), { fieldManager: "one" });
      await client().apply(configMap("applied", { theirs: "1", shared: "1" }), { fieldManager: "two" });
      const error: unknown = await client()
        .apply(configMap("applied", { mine: "2" }), { fieldManager: "two" })
        .catch((reason: unknown) => reason);
      expect(fieldConflicts(error)).toEqual([
        { reason: "FieldManagerConflict", field: ".data.mine", message: expect.stringContaining('"one"') },
      ]);

      const dry = await client().apply(configMap("applied", { mine: "2" }), { fieldManager: "two", force: true, dryRun: true });
      expect(dry["data"]).toEqual({ mine: "2", shared: "1" });
      expect((await client().get(ref("applied")))?.["data"]).toEqual({ mine: "1", theirs: "1", shared: "1" });

      const forced = await client().apply(configMap("applied", { mine: "2" }), { fieldManager: "two", force: true });
      expect(forced["data"]).toEqual({ mine: "2", shared: "1" });
      expect(forced.metadata.managedFields?.map((entry) => `${entry.manager} ${entry.operation}`)).toEqual(["one Apply", "two Apply"]);
      const again = await client().apply(configMap("applied", { mine: "2" }), { fieldManager: "two", force: true });
      expect(again.metadata.resourceVersion).toBe(forced.metadata.resourceVersion);
    });

    it("can apply what it has read", async () => {
      const created = await client().create(configMap("read-back", { a: "1" }));
      const applied = await client().apply(created, { fieldManager: "reader", force: true });
      expect(applied["data"]).toEqual({ a: "1" });
    });

    it("reads a list in pages, by labels, and as metadata alone", async () => {
      for (const index of [1, 2, 3, 4, 5]) {
        await client().create(configMap(`paged-${index}`, { a: "1" }, { labels: { list: index % 2 === 0 ? "even" : "odd" } }));
      }
      const all = await client().list("v1", "ConfigMap", { namespace: NAMESPACE, labelSelector: "list in (odd, even)", pageSize: 2 });
      expect(all.items.map((item) => item.metadata.name)).toEqual(["paged-1", "paged-2", "paged-3", "paged-4", "paged-5"]);
      expect(all.items[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } });
      const even = await client().list("v1", "ConfigMap", { namespace: NAMESPACE, labelSelector: "list=even", metadataOnly: true });
      expect(even.items.map((item) => item.metadata.name)).toEqual(["paged-2", "paged-4"]);
      expect(even.items[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
      expect(even.items[0]).not.toHaveProperty("data");
      const one = await client().get(ref("paged-1"), { metadataOnly: true });
      expect(one).toMatchObject({ kind: "ConfigMap", metadata: { labels: { list: "odd" } } });
      expect(one).not.toHaveProperty("data");
    });

    it("keeps an object that is being deleted until its finalizers are gone", async () => {
      const held = await client().create(configMap("held", {}, { finalizers: ["portolan.dev/test"] }));
      expect(await client().delete(ref("held"), { uid: held.metadata.uid })).toBe(true);
      expect((await client().get(ref("held")))?.metadata.deletionTimestamp).toBeDefined();
      await client().patch(ref("held"), { type: "merge", patch: { metadata: { finalizers: null } } });
      expect(await client().get(ref("held"))).toBeUndefined();
    });

    it("names the fields of an invalid object", async () => {
      const error: unknown = await client()
        .create(configMap("Not_A_Name"))
        .catch((reason: unknown) => reason);
      expect(error).toSatisfy(isInvalid);
      expect(error instanceof KubeError ? error.causes.map((cause) => cause.field) : []).toEqual(["metadata.name"]);
    });
  });

  describe("watches", () => {
    it("tells what happens after a list, also as metadata alone, and ends when the server's time for it is up", async () => {
      const selection = { namespace: NAMESPACE, labelSelector: "watched=yes" };
      const { resourceVersion } = await client().list("v1", "ConfigMap", selection);
      const read = async (metadataOnly: boolean): Promise<WatchEvent[]> => {
        const events: WatchEvent[] = [];
        for await (const event of client().watch("v1", "ConfigMap", { ...selection, resourceVersion, metadataOnly, lifetimeMs: 1_000 }))
          events.push(event);
        return events.filter((event) => event.type !== "BOOKMARK");
      };
      const [whole, metadata] = [read(false), read(true)];
      const created = await client().create(configMap("watched", { a: "1" }, { labels: { watched: "yes" } }));
      const patched = await client().patch(refOf(created), { type: "merge", patch: { data: { a: "2" } } });
      await client().patch(refOf(created), { type: "merge", patch: { metadata: { labels: { watched: "no" } } } });
      expect((await whole).map((event) => event.type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
      expect((await whole)[1]).toEqual({ type: "MODIFIED", object: patched });
      const [first] = await metadata;
      expect(first).toMatchObject({ type: "ADDED", object: { kind: "ConfigMap", metadata: { name: "watched" } } });
      expect(first?.type === "ADDED" && "data" in first.object).toBe(false);
    });
  });

  describe("the controller runtime", () => {
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "probes.kube-client.portolan.dev" },
      spec: {
        group: "kube-client.portolan.dev",
        scope: "Namespaced",
        names: { kind: "Probe", plural: "probes", singular: "probe", listKind: "ProbeList" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  spec: { type: "object", properties: { size: { type: "integer" } } },
                  status: { type: "object", properties: { size: { type: "integer" } } },
                },
              },
            },
          },
        ],
      },
    };

    it("follows a kind from before it is there, and reconciles its objects until their status says what their spec says", async () => {
      const kind = { apiVersion: "kube-client.portolan.dev/v1", kind: "Probe" };
      const probes = new Reflector({ client: client(), ...kind, logger });
      const controller = new Controller({
        name: "probes",
        watches: [{ reflector: probes }],
        logger,
        reconcile: async (key) => {
          const probe = probes.cache.get(key);
          if (probe === undefined) return;
          const { name } = probe.metadata;
          const metadata = { name, namespace: NAMESPACE };
          await client().applyStatus({ ...kind, metadata, status: probe["spec"] }, { fieldManager: "probes", force: true });
        },
      });
      probes.start();
      const started = controller.start();
      await expect.poll(() => probes.state.phase, { timeout: SETTLE_MS }).toBe("Missing");
      await client().apply(crd, { fieldManager: "test" });
      await started;

      const probe = { ...kind, metadata: { name: "one", namespace: NAMESPACE } };
      const readStatus = async (): Promise<unknown> => (await client().get(refOf(probe)))?.["status"];
      await client().apply({ ...probe, spec: { size: 1 } }, { fieldManager: "test" });
      await expect.poll(readStatus, { timeout: SETTLE_MS, interval: 20 }).toEqual({ size: 1 });
      const changed = await client().apply({ ...probe, spec: { size: 2 } }, { fieldManager: "test" });
      expect(changed.metadata.generation).toBe(2);
      await expect.poll(readStatus, { timeout: SETTLE_MS, interval: 20 }).toEqual({ size: 2 });

      await client().delete(refOf(probe));
      await expect.poll(() => probes.cache.size, { timeout: SETTLE_MS }).toBe(0);
      await controller.stop();
      await probes.stop();
    });

    it("keeps a metadata-only cache equal to the server", async () => {
      const reflector = new Reflector({
        client: client(),
        apiVersion: "v1",
        kind: "ConfigMap",
        namespace: NAMESPACE,
        labelSelector: "mirrored",
        metadataOnly: true,
        logger,
      });
      const deltas: Delta["type"][] = [];
      reflector.onDelta((delta) => deltas.push(delta.type));
      await client().create(configMap("mirrored-1", {}, { labels: { mirrored: "1" } }));
      reflector.start();
      await reflector.whenSynced();
      await client().create(configMap("mirrored-2", { a: "1" }, { labels: { mirrored: "1" } }));
      await client().patch(ref("mirrored-2"), { type: "merge", patch: { data: { a: "2" } } });
      await client().delete(ref("mirrored-1"));
      await expect.poll(() => deltas, { timeout: SETTLE_MS }).toEqual(["Added", "Added", "Modified", "Deleted"]);
      expect(reflector.cache.list().map((object) => object.metadata.name)).toEqual(["mirrored-2"]);
      expect(reflector.cache.get(`${NAMESPACE}/mirrored-2`)).not.toHaveProperty("data");
      await reflector.stop();
    });

    it("records events that the server takes, and counts those that come again", async () => {
      const regarding = await client().create(configMap("eventful"));
      const reporter = { controller: "portolan.dev/agent", instance: "agent-0" };
      const recorder = new EventRecorder({ client: client(), reporter, logger });
      const event = { type: "Warning", reason: "StepFailed", action: "Upgrade", note: "…".repeat(1_000) } as const;
      recorder.record(regarding, event);
      await sleep(100);
      recorder.record(regarding, event);
      recorder.record(regarding, event);
      await recorder.stop();
      expect(recorder.dropped).toBe(0);
      const { items } = await client().list("events.k8s.io/v1", "Event", { namespace: NAMESPACE });
      const found = items.filter((item) => item["reason"] === "StepFailed");
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({
        series: { count: 3 },
        regarding: { kind: "ConfigMap", name: "eventful", uid: regarding.metadata.uid },
      });
    });
  });
}
