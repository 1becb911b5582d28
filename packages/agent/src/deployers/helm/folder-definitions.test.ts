import { describe, expect, it } from "vitest";
import { FolderDefinitions } from "./folder-definitions.ts";
import type { HelmCommand } from "./processes.ts";

const definition = (name: string): string =>
  JSON.stringify({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name } });

describe("the CRDs in a chart's folders", () => {
  it("are asked for once for each archive, and again after helm has failed", async () => {
    const asked: string[] = [];
    const answers = [
      { code: 1, stdout: "", stderr: "Error: not now" },
      { code: 0, stdout: `${definition("buoys")}\n---\n${definition("tides")}`, stderr: "" },
      { code: 0, stdout: "", stderr: "" },
    ];
    const folders = new FolderDefinitions({
      run: async ({ args }: HelmCommand) => {
        asked.push(args.join(" "));
        return await Promise.resolve(answers[asked.length - 1] ?? { code: 1, stdout: "", stderr: "asked too often" });
      },
    });
    const one = { path: "/cache/1.tgz", digest: "sha256:1" };
    await expect(folders.namesIn(one)).rejects.toThrow(/not now/u);
    expect(await folders.namesIn(one)).toEqual(new Set(["buoys", "tides"]));
    expect(await folders.namesIn(one)).toEqual(new Set(["buoys", "tides"]));
    expect(await folders.namesIn({ path: "/cache/2.tgz", digest: "sha256:2" })).toEqual(new Set());
    expect(asked).toEqual(["show crds /cache/1.tgz", "show crds /cache/1.tgz", "show crds /cache/2.tgz"]);
  });
});
