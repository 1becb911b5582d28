import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { json, LiveWatch, ScriptedServer } from "../kube/testing/mod.ts";
import { SecretWatches } from "./secret-watches.ts";

const LIST = "GET /api/v1/namespaces/apps/secrets";
const secret = (name: string, resourceVersion: string) => ({ metadata: { namespace: "apps", name, uid: name, resourceVersion } });
const listOf = (...items: object[]) => json(200, { kind: "List", metadata: { resourceVersion: "1" }, items });

function watched() {
  const server = new ScriptedServer().serves("v1", { Secret: "secrets" });
  const changed: string[] = [];
  const watches = new SecretWatches({
    kube: new KubeClient({ transport: server.transport }),
    logger: pino({ level: "silent" }),
    onChange: (key) => changed.push(key),
  });
  return { server, changed, watches };
}

describe("secrets that instances refer to", () => {
  it("are watched by name, metadata only, once for all that refer to them", async () => {
    const { server, changed, watches } = watched();
    const watch = new LiveWatch();
    server.answers(LIST, listOf(secret("db", "1")), watch.answer);
    expect(watches.use("apps/one", "apps", ["db"])).toBe(false);
    expect(watches.use("apps/two", "apps", ["db", "db"])).toBe(false);
    await expect.poll(() => watches.use("apps/one", "apps", ["db"])).toBe(true);
    await expect.poll(() => changed.length).toBe(2);
    watch.send({ type: "MODIFIED", object: secret("db", "2") });
    await expect.poll(() => changed).toEqual(["apps/one", "apps/two", "apps/one", "apps/two"]);
    expect(server.seen(LIST)).toHaveLength(2);
    for (const { query, headers } of server.seen(LIST)) {
      expect(query).toMatchObject({ fieldSelector: "metadata.name=db" });
      expect(headers["accept"]).toContain("PartialObjectMetadata");
    }
    await watches.stop();
  });

  it("are let go when nobody refers to them any more", async () => {
    const { server, changed, watches } = watched();
    const [first, second] = [new LiveWatch(), new LiveWatch()];
    server.answers(LIST, listOf(), first.answer, listOf(), second.answer);
    watches.use("apps/one", "apps", ["db"]);
    watches.use("apps/two", "apps", ["db"]);
    await expect.poll(() => watches.use("apps/one", "apps", ["db"])).toBe(true);
    watches.use("apps/one", "apps", []);
    first.send({ type: "ADDED", object: secret("db", "2") });
    await expect.poll(() => changed).toEqual(["apps/two"]);
    watches.forget("apps/two");
    watches.use("apps/one", "apps", ["db"]);
    await expect.poll(() => server.seen(LIST).length).toBe(4);
    await watches.stop();
    expect(watches.use("apps/one", "apps", ["db"])).toBe(false);
  });
});
