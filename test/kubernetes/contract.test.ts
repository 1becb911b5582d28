import { writeFile } from "node:fs/promises";
import { kubeConfigTransport, loadKubeConfig, type KubeConfigTransport } from "@portolan/agent/kube/kubeconfig";
import { afterAll, beforeAll, expect, it } from "vitest";
import { allCases, goldenFile, readGolden } from "../contract/all-cases.ts";
import { runCase } from "../contract/run-case.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";

/** Keep what the real server answers now as the truth that the embedded API is held to. */
const update = process.env["PORTOLAN_UPDATE_CONTRACT"] === "1";

const cases = await allCases();

describeKubernetes("kube-apiserver answers as the contract says", () => {
  let controlPlane: ControlPlane;
  let connection: KubeConfigTransport;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ name: "contract" });
    connection = kubeConfigTransport(await loadKubeConfig({ file: controlPlane.kubeconfigPath }));
  });
  afterAll(async () => {
    await connection.close();
    await controlPlane.stop();
  });

  it.each(cases.map((contract, index) => ({ contract, index })))("$contract.name", async ({ contract, index }) => {
    const answers = await runCase(connection.transport, contract, `contract-${index}`);
    if (update) await writeFile(goldenFile(contract), `${JSON.stringify(answers, undefined, 1)}\n`);
    expect(answers).toStrictEqual(await readGolden(contract));
  });
});
