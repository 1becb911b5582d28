import { describe, expect, it } from "vitest";
import { kubernetesVersion, runsKubernetes } from "./kubernetes-version.ts";

describe("kubernetesVersion", () => {
  it.each([
    ["v1.34.2", "1.34.2"],
    ["1.34.2", "1.34.2"],
    ["v1.34.2-gke.104", "1.34.2"],
    ["v1.29.1-eks-508b6b3", "1.29.1"],
    ["v1.28.2+k3s1", "1.28.2"],
    ["v1.30.1+IKS", "1.30.1"],
    ["v1.25.7+vmware.1", "1.25.7"],
    ["v1.22.15-aliyun.1", "1.22.15"],
    ["v1.27.8+4fab27b", "1.27.8"],
    ["v1.31", "1.31.0"],
    ["1.31+", "1.31.0"],
    ["v1.35.0-beta.1", "1.35.0-beta.1"],
    ["v1.35.0-alpha.3.45+0a1b2c3d", "1.35.0-alpha.3"],
    ["v1.35.0-rc.0", "1.35.0-rc.0"],
    ["v1.28.5-rc1+rke2r1", "1.28.5-rc.1"],
    ["v1.34.2-beta-of-a-vendor", "1.34.2"],
  ])("reads %s as %s", (given, expected) => {
    expect(kubernetesVersion(given)).toBe(expected);
  });

  it.each(["", "unknown", "v1", "version 1.34", "v.1.2"])("does not read %j", (given) => {
    expect(kubernetesVersion(given)).toBeUndefined();
  });
});

describe("runsKubernetes", () => {
  it.each([
    ["v1.34.2-gke.104", ">=1.34.2", true],
    ["v1.34.2-gke.104", ">1.34.2", false],
    ["v1.34.2-gke.104", "1.34.x", true],
    ["v1.34.2", ">=1.30 <1.34", false],
    // A beta of 1.35 is later than every 1.34, part of the 1.35 line, and earlier than 1.35.0.
    ["v1.35.0-beta.1", ">=1.34", true],
    ["v1.35.0-beta.1", ">=1.35", true],
    ["v1.35.0-beta.1", ">=1.35.0", false],
    ["v1.35.0-beta.1", "<1.35", false],
    ["nonsense", "*", false],
  ])("%s in %s: %s", (version, range, expected) => {
    expect(runsKubernetes(version, range)).toBe(expected);
  });
});
