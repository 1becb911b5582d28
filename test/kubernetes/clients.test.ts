import { afterAll, beforeAll, expect, it } from "vitest";
import { describeClients } from "../contract/clients/describe-clients.ts";
import { readOutputs, writeOutputs } from "../contract/clients/golden.ts";
import { runScript } from "../contract/clients/run-script.ts";
import { clientScripts } from "../contract/clients/script.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";

/** Keep what the programs print now as the truth that the embedded API is held to. */
const update = process.env["PORTOLAN_UPDATE_CONTRACT"] === "1";

describeClients("kubectl and helm print with a real cluster what is kept of it", (clients) => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ name: "clients" });
  });
  afterAll(async () => {
    await controlPlane.stop();
  });

  it.each(clientScripts.map((script, index) => ({ script, index })))("$script.name", async ({ script, index }) => {
    const outputs = await runScript({ ...clients, kubeconfig: controlPlane.kubeconfigPath }, script, `clients-${index}`);
    if (update) await writeOutputs(script, outputs);
    expect(outputs).toStrictEqual(await readOutputs(script));
  });
});
