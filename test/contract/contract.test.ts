import { createEmbeddedCluster, type EmbeddedCluster } from "@portolan/simulator/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allCases, readGolden } from "./all-cases.ts";
import { releaseDifferences } from "./differences.ts";
import { runCase } from "./run-case.ts";

const cases = await allCases();

describe("the embedded Kubernetes API answers as kube-apiserver did", () => {
  let cluster: EmbeddedCluster;

  beforeAll(() => {
    cluster = createEmbeddedCluster({ name: "contract" });
  });
  afterAll(async () => {
    await cluster.close();
  });

  it.each(cases.map((contract, index) => ({ contract, index })))("$contract.name", async ({ contract, index }) => {
    expect(await runCase(cluster.transport, contract, `contract-${index}`)).toStrictEqual(await readGolden(contract));
  });
});

it("keeps answers of an older kube-apiserver only where they differ, with the reason", async () => {
  for (const { release, contract: name, reason } of releaseDifferences) {
    const contract = cases.find((each) => each.name === name);
    if (contract === undefined) throw new Error(`no case is named ${name}`);
    expect({ name, reason }).not.toStrictEqual({ name, reason: "" });
    expect({ name, answers: await readGolden(contract, release) }).not.toStrictEqual({ name, answers: await readGolden(contract) });
  }
});
