import type { Installer } from "@portolan/shared/catalog";
import { describe, expect, it } from "vitest";
import { versionsOf } from "./traces.ts";

function installer(version: string, chartVersion: string, chart = "web"): Installer {
  return {
    version,
    requires: [],
    defaults: {},
    values: {},
    health: [],
    deployer: { type: "helm", chart: `/charts#${chart}`, chartVersion },
  };
}

const installers = [
  installer("1.0.0", "7.0.0"),
  installer("1.0.1+a", "7.0.0"),
  installer("1.1.0", "8.0.0"),
  installer("1.2.0", "8.0.0", "other"),
];
const chartOf = ({ deployer }: Installer) => (deployer.type === "helm" ? deployer.chart.split("#")[1] : undefined);

describe("the version of a release", () => {
  it.each([
    ["the one that is written on it", { version: "1.0.1_a" }, "7.0.0", ["1.0.1+a"]],
    ["all with its chart when nothing is written on it", {}, "7.0.0", ["1.0.0", "1.0.1+a"]],
    ["what its chart says when people have upgraded it", { version: "1.0.0" }, "v8.0.0", ["1.1.0"]],
    ["none for a chart that nobody defines", { version: "1.0.0" }, "9.0.0", []],
  ])("is %s", (_, revision, chartVersion, versions) => {
    expect(versionsOf(installers, revision, { chartName: "web", chartVersion }, chartOf)).toEqual(versions);
  });
});
