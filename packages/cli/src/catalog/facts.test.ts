import { describe, expect, it } from "vitest";
import type { JsonObject } from "@portolan/shared/json";
import { toFacts } from "./facts.ts";

describe("toFacts", () => {
  it("reads all that can be known of a cluster", () => {
    const given = {
      kubernetesVersion: "v1.34.2-gke.104",
      provider: "gce",
      region: "europe-west8",
      nodes: 5,
      labels: { env: "prod" },
      neighbours: [
        { service: "dns", version: "1.2.3", ready: false, requires: [{ service: "certificates", range: ">=0.14" }] },
        { service: "logs", version: "2.0.0" },
      ],
    };
    expect(toFacts(given)).toEqual({
      cluster: {
        name: "cluster",
        kubernetesVersion: "v1.34.2-gke.104",
        provider: "gce",
        region: "europe-west8",
        nodes: 5,
        labels: { env: "prod" },
      },
      neighbours: [
        { service: "dns", instance: "dns/dns", version: "1.2.3", ready: false, requires: [{ service: "certificates", range: ">=0.14" }] },
        { service: "logs", instance: "logs/logs", version: "2.0.0", ready: true, requires: [] },
      ],
    });
  });

  it("takes the version of Kubernetes from the command line first", () => {
    expect(toFacts({ kubernetesVersion: "v1.30.0" }, "1.34").cluster.kubernetesVersion).toBe("1.34");
  });

  it.each([
    [{ kubernetesVersoin: "v1" }, "/kubernetesVersoin: there is no such fact; did you mean kubernetesVersion?"],
    [{ neighbours: [{ service: "a", version: "1.0.0", redy: true }] }, "/neighbours/0/redy: there is no such fact; did you mean ready?"],
    [
      { neighbours: [{ service: "a", version: "1.0.0", requires: [{ service: "b", rang: "1" }] }] },
      "/neighbours/0/requires/0/rang: there is no such fact; did you mean range?",
    ],
    [{ neighbours: [{ service: "a", version: "one" }] }, "/neighbours/0/version: expected a semantic version such as 1.2.3"],
    [
      { neighbours: [{ service: "a", version: "1.0.0", requires: [{ service: "b", range: "??" }] }] },
      "/neighbours/0/requires/0/range: expected a range",
    ],
    [{ kubernetesVersion: "new" }, "/kubernetesVersion: expected a version of Kubernetes such as v1.34.2"],
    [{ nodes: -1 }, "/nodes: "],
    [{ labels: { a: 1 } }, "/labels/a: "],
  ] satisfies [JsonObject, string][])("names the place and what was expected: %j", (given, detail) => {
    expect(() => toFacts(given)).toThrow(
      expect.objectContaining({ code: "InvalidInput", details: expect.arrayContaining([expect.stringContaining(detail)]) }),
    );
  });
});
