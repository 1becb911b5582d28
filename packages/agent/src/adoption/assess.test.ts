import { describe, expect, it } from "vitest";
import type { Installer } from "@portolan/shared/catalog";
import { aService, anInstaller } from "../instance/state.fixture.ts";
import { assess, type ReleaseInCluster } from "./mod.ts";

function charted(version: string, chart = "oci://charts.example/web"): Installer {
  return { ...anInstaller(version), deployer: { type: "helm", chart, chartVersion: `v${version}` } };
}

const web = aService({ name: "web", installers: ["1.0.0", "1.1.0", "2.0.0"].map((version) => charted(version)) });

function release(
  more: Partial<ReleaseInCluster> = {},
  chart: { readonly chartName?: string; readonly chartVersion?: string } = {},
): ReleaseInCluster {
  return {
    namespace: "apps",
    name: "site",
    revision: { secret: "s", revision: 1, status: "deployed", changedAt: 0 },
    read: { ok: true, release: { chartName: "web", chartVersion: "1.1.0", ...chart }, values: {}, chartValues: {} },
    ...more,
  };
}

const input = { services: [web], cluster: { name: "here", labels: {}, kubernetesVersion: "v1.34.0" }, instances: new Set<string>() };

describe("a release in a cluster", () => {
  it("becomes an instance of the version that has its chart", () => {
    expect(assess(release(), input).verdict).toMatchObject({ adoptable: true, proposal: { service: "web", version: "1.1.0" } });
  });

  it.each<[string, ReleaseInCluster, string, string]>([
    [
      "of an instance",
      release({ revision: { secret: "s", revision: 1, status: "deployed", changedAt: 0, instance: "i" } }),
      "AlreadyManaged",
      "already",
    ],
    ["of another controller", release({ keeper: "HelmRelease flux/site of Flux" }), "OwnedByOther", "HelmRelease flux/site"],
    [
      "in the middle of an upgrade",
      release({ revision: { secret: "s", revision: 1, status: "pending-upgrade", changedAt: 0 } }),
      "NotDeployed",
      "pending-upgrade",
    ],
    ["that cannot be read", release({ read: { ok: false, reason: "no release" } }), "Unreadable", "no release"],
    ["of an unknown chart", release({}, { chartName: "cache" }), "UnknownChart", "cache"],
    ["of an unknown version", release({}, { chartVersion: "1.5.0" }), "UnknownVersion", "v1.0.0, v1.1.0, v2.0.0"],
  ])("%s is left alone, with the reason", (_, found, code, words) => {
    expect(assess(found, input).verdict).toMatchObject({ adoptable: false, code, message: expect.stringContaining(words) });
  });

  it("is left alone where an instance has its name, or several services have its chart", () => {
    expect(assess(release(), { ...input, instances: new Set(["apps/site"]) }).verdict).toMatchObject({ code: "InstanceExists" });
    const other = aService({ name: "web-too", installers: [charted("1.1.0", "https://charts.example/index#web")] });
    expect(assess(release(), { ...input, services: [web, other] }).verdict).toMatchObject({
      code: "Ambiguous",
      message: expect.stringContaining("web-too 1.1.0"),
    });
  });
});
