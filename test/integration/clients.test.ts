import { createEmbeddedCluster, type EmbeddedCluster } from "@portolan/simulator/kubernetes";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeClients } from "../contract/clients/describe-clients.ts";
import { readOutputs } from "../contract/clients/golden.ts";
import { runScript } from "../contract/clients/run-script.ts";
import { clientScripts } from "../contract/clients/script.ts";

describeClients("kubectl and helm print with the embedded API what they print with a real cluster", (clients) => {
  let cluster: EmbeddedCluster;
  let folder: string;
  let kubeconfig: string;

  beforeAll(async () => {
    cluster = createEmbeddedCluster({ name: "clients" });
    folder = await mkdtemp(join(tmpdir(), "portolan-clients-"));
    kubeconfig = join(folder, "kubeconfig");
    await writeFile(kubeconfig, (await cluster.listen()).kubeconfig);
  });
  afterAll(async () => {
    await cluster.close();
    await rm(folder, { recursive: true });
  });

  it.each(clientScripts.map((script, index) => ({ script, index })))("$script.name", async ({ script, index }) => {
    expect(await runScript({ ...clients, kubeconfig }, script, `clients-${index}`)).toStrictEqual(await readOutputs(script));
  });
});
