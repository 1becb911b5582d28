import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog, webService } from "./catalog.ts";
import { recordedLog, TestCluster, withBreakableWatches } from "./harness.ts";

const definition = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: "serviceinstances.portolan.dev" };

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

/** What somebody has who keeps the definition in a file. */
async function copyOfDefinition(): Promise<Parameters<typeof cluster.kube.create>[0]> {
  const found = await cluster.kube.get(definition);
  if (found === undefined) throw new Error(`expected the definition of ${definition.name}`);
  const { apiVersion, kind, metadata } = found;
  return { apiVersion, kind, metadata: { name: metadata.name }, spec: found["spec"] };
}

describe("an agent whose CustomResourceDefinition is missing", () => {
  it("brings it at its start", async () => {
    expect(await cluster.kube.get(definition)).toBeUndefined();
    await cluster.startAgent({ catalog: catalog(webService) });
    expect(await cluster.kube.get(definition)).toBeDefined();
  });

  it("goes on when it comes back, though nobody starts the agent again", async () => {
    const { logger, lines } = recordedLog();
    const { transport, breakWatches } = withBreakableWatches(cluster);
    await cluster.startAgent({ catalog: catalog(webService), transport, logger });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    const copy = await copyOfDefinition();
    await cluster.kube.delete(definition);
    await cluster.untilGone(definition);
    // As an API server does that serves the kind no more.
    breakWatches();
    const kind = "ServiceInstance.portolan.dev/v1alpha1";
    const message = expect.stringMatching(/the API server serves no such kind; is its CustomResourceDefinition installed\?/u);
    const missing = { cluster: "test", kind, msg: "cannot follow the API server", err: expect.objectContaining({ message }) };
    await expect.poll(() => lines, { timeout: 10_000 }).toContainEqual(expect.objectContaining(missing));
    await cluster.kube.create(copy, { fieldManager: "kubectl-create" });
    // The same name: it takes over the objects that the first one has left.
    await expect
      .poll(
        async () =>
          await cluster.create("one", { service: "web", version: "1.1.0" }).then(
            () => "made",
            () => "not served yet",
          ),
      )
      .toBe("made");
    await cluster.untilReady("one", "1.1.0");
    expect(await cluster.get("apps/v1", "Deployment", "web")).toMatchObject({ metadata: { labels: { app: "web" } } });
  });
});
