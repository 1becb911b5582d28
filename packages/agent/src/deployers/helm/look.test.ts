import { describe, expect, it } from "vitest";
import { contextOf } from "../../operation/context.fixture.ts";
import { json, ScriptedServer, status } from "../../kube/testing/mod.ts";
import { ownRevisions } from "./look.ts";

const LIST = "GET /api/v1/namespaces/apps/secrets";
const release = { name: "one", namespace: "apps" };

function secret(revision: number, instance: string | undefined): object {
  const labels = {
    owner: "helm",
    name: "one",
    version: String(revision),
    status: "deployed",
    ...(instance === undefined ? {} : { "portolan.dev/instance-id": instance }),
  };
  return {
    metadata: { namespace: "apps", name: `sh.helm.release.v1.one.v${revision}`, uid: `u${revision}`, resourceVersion: "1", labels },
  };
}

describe("the revisions of an instance's own release", () => {
  it("are those that carry its label, newest first", async () => {
    const server = new ScriptedServer().serves("v1", { Secret: "secrets" });
    const context = contextOf(server.transport);
    const items = [secret(1, undefined), secret(2, context.applySetId), secret(10, context.applySetId), secret(3, "another")];
    server.answers(LIST, json(200, { kind: "List", metadata: { resourceVersion: "1" }, items }));
    expect((await ownRevisions(context, release)).map(({ revision }) => revision)).toEqual([10, 2]);
  });

  it("are none for an agent that may not see releases; any other refusal is an error", async () => {
    const server = new ScriptedServer().serves("v1", { Secret: "secrets" });
    server.answers(LIST, status(403, "Forbidden", "may not list"), status(500, "InternalError", "no quorum"));
    const context = contextOf(server.transport);
    expect(await ownRevisions(context, release)).toEqual([]);
    await expect(ownRevisions(context, release)).rejects.toThrow("InternalError");
  });
});
