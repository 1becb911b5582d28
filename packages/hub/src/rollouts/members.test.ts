import { describe, expect, it } from "vitest";
import type { InstanceView } from "../fleet/mod.ts";
import { FleetFixture, specFixture } from "./fleet.fixture.ts";
import { newTarget, selectMembers } from "./members.ts";

const labels: { readonly [cluster: string]: { readonly [key: string]: string } } = { a: { tier: "gold" }, b: { tier: "silver" } };
const labelsOf = (cluster: string) => labels[cluster] ?? {};

/** Two clusters of one provider, one of another that says nothing but its version, and one that says nothing at all. */
function fleet(): FleetFixture {
  const made = new FleetFixture().add("a").add("b", { version: "1.1.0" }).add("c").add("d", { service: "external-dns" });
  const facts = {
    a: { kubernetesVersion: "v1.34.2", provider: "aws", region: "eu-1" },
    b: { kubernetesVersion: "v1.37.0-rc.1", provider: "aws", region: "us-1" },
    c: { kubernetesVersion: "v1.37.2" },
  };
  for (const [name, said] of Object.entries(facts)) {
    const { heartbeat } = made.cluster(name) ?? {};
    if (heartbeat !== undefined) made.change(name, { heartbeat: { ...heartbeat, facts: said } });
  }
  const main = made.instance("a/default/main");
  return main === undefined ? made : made.put({ ...main, namespace: "edge", name: "spare" } satisfies InstanceView);
}

const chosen = (changes: object): string =>
  selectMembers(specFixture(changes), fleet(), labelsOf)
    .map(({ cluster, namespace, name }) => `${cluster}/${namespace}/${name}`)
    .join(" ");

describe("a selector", () => {
  it.each<[what: string, selector: object, expected: string]>([
    ["every instance of the service", {}, "a/default/main a/edge/spare b/default/main c/default/main"],
    ["clusters by name", { clusters: ["c", "a", "z"] }, "a/default/main a/edge/spare c/default/main"],
    ["clusters by label", { labels: "tier in (silver)" }, "b/default/main"],
    ["clusters by provider", { fields: { provider: "aws" } }, "a/default/main a/edge/spare b/default/main"],
    ["clusters by region", { fields: { region: "us-1" } }, "b/default/main"],
    ["clusters by the version of Kubernetes", { fields: { kubernetesVersion: ">=1.37.0-0" } }, "b/default/main c/default/main"],
    ["instances by version", { fields: { version: "<1.1" } }, "a/default/main a/edge/spare c/default/main"],
    ["instances by namespace", { namespaces: ["edge"] }, "a/edge/spare"],
    ["instances by name", { names: ["main"] }, "a/default/main b/default/main c/default/main"],
    ["what all of it is true of", { labels: "tier", names: ["main"], fields: { provider: "aws", version: "1.0.0" } }, "a/default/main"],
  ])("chooses %s", (_case, selector, expected) => {
    expect(chosen({ selector })).toBe(expected);
  });

  it("chooses for an installation the places where the instance is to be, by what their clusters are", () => {
    const installation = { action: "install", instance: { namespace: "new", name: "one" } };
    expect(chosen(installation)).toBe("a/new/one b/new/one c/new/one d/new/one");
    expect(chosen({ ...installation, selector: { fields: { provider: "aws" } } })).toBe("a/new/one b/new/one");
  });

  it("chooses for what is to be configured the instance that is named, where it is", () => {
    expect(chosen({ action: "configure", version: undefined, instance: { namespace: "edge", name: "spare", config: {} } })).toBe(
      "a/edge/spare",
    );
  });
});

describe("what a document says of one target", () => {
  const targets = (changes: object): readonly string[] => {
    const spec = specFixture(changes);
    return selectMembers(spec, fleet(), labelsOf).flatMap((member) => {
      const target = newTarget(member, 0, spec);
      return target === undefined ? [] : `${target.cluster}/${target.namespace} ${target.to}`;
    });
  };

  it.each<[what: string, override: object, expected: readonly string[]]>([
    [
      "is for all of its cluster",
      { cluster: "a", version: "1.5.0" },
      ["a/default 1.5.0", "a/edge 1.5.0", "b/default 2.0.0", "c/default 2.0.0"],
    ],
    [
      "is for the instance that it names",
      { cluster: "a", namespace: "edge", version: "1.5.0" },
      ["a/default 2.0.0", "a/edge 1.5.0", "b/default 2.0.0", "c/default 2.0.0"],
    ],
    ["leaves it out", { cluster: "b", skip: true }, ["a/default 2.0.0", "a/edge 2.0.0", "c/default 2.0.0"]],
  ])("%s", (_case, override, expected) => {
    expect(targets({ targets: [override] })).toEqual(expected);
  });
});
