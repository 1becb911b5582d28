import { describe, expect, it } from "vitest";
import { parseClusterPolicy, PolicyError, vetoes, type Wish } from "./mod.ts";

const wish: Wish = { service: "dns", namespaces: ["platform", "dns-system"], action: "upgrade", disruptive: false, irreversible: false };
const free = { disruptive: true, irreversible: true };

describe("the cluster's policy", () => {
  it("is read whole", () => {
    const text =
      "allow:\n  services: [dns]\n  namespaces: [platform]\n  actions: [install, upgrade]\n  disruptive: false\n  irreversible: false\n";
    expect(parseClusterPolicy(text)).toEqual({
      services: ["dns"],
      namespaces: ["platform"],
      actions: ["install", "upgrade"],
      disruptive: false,
      irreversible: false,
    });
  });

  it("restricts nothing that it does not name", () => {
    expect(parseClusterPolicy("allow: {}")).toEqual(free);
  });

  it.each([
    ["", "expected a mapping with the field allow, found null"],
    ["- allow", "expected a mapping"],
    ["allow: [", "expected YAML"],
    ["allow: &a [*a]", "expected YAML"],
    ["deny: {}", "deny: expected one of allow"],
    ["allow:", "allow: expected a mapping, found null"],
    ["allow: {service: [dns]}", "allow.service: expected one of services, namespaces"],
    ["allow: {services: dns}", 'allow.services: expected a list of names, found "dns"'],
    ["allow: {services: [1]}", "allow.services[0]: expected a name, found 1"],
    [
      "allow: {actions: [install, delete]}",
      'allow.actions[1]: expected one of install, upgrade, downgrade, configure, remove, found "delete"',
    ],
    ['allow: {disruptive: "no"}', 'allow.disruptive: expected true or false, found "no"'],
  ])("%j is refused by its place", (text, message) => {
    expect(() => parseClusterPolicy(text)).toThrow(PolicyError);
    expect(() => parseClusterPolicy(text)).toThrow(message);
  });
});

describe("a wish of the hub", () => {
  it.each<[what: string, policy: Parameters<typeof vetoes>[0], parts: Partial<Wish>]>([
    ["without a policy", "none", { action: "remove", disruptive: true, irreversible: true }],
    ["by a policy that restricts nothing", free, { action: "remove", disruptive: true, irreversible: true }],
    ["within all lists", { services: ["dns"], namespaces: ["platform", "dns-system"], actions: ["upgrade"], ...free }, {}],
    ["that interrupts nothing", { disruptive: false, irreversible: false }, {}],
  ])("%s is allowed", (_, policy, parts) => {
    expect(vetoes(policy, { ...wish, ...parts })).toBeUndefined();
  });

  it.each<[what: string, policy: Parameters<typeof vetoes>[0], parts: Partial<Wish>, message: string]>([
    ["for another service", { services: ["certificates"], ...free }, {}, "the service dns"],
    ["where no service is", { services: [], ...free }, {}, "the service dns"],
    ["in another namespace", { namespaces: ["dns-system"], ...free }, {}, "the namespace platform"],
    ["with objects in another namespace", { namespaces: ["platform"], ...free }, {}, "the namespace dns-system"],
    ["to do something else", { actions: ["install", "upgrade"], ...free }, { action: "downgrade" }, "the action downgrade"],
    ["that interrupts the service", { disruptive: false, irreversible: true }, { disruptive: true }, "interrupt a service"],
    ["that cannot be undone", { disruptive: true, irreversible: false }, { irreversible: true }, "cannot be undone"],
  ])("%s is forbidden", (_, policy, parts, message) => {
    expect(vetoes(policy, { ...wish, ...parts })).toEqual({ code: "ForbiddenByPolicy", message: expect.stringContaining(message) });
  });

  it("is forbidden where nobody has looked for a policy", () => {
    expect(vetoes(undefined, wish)).toMatchObject({ code: "PolicyInvalid" });
  });

  it("is forbidden, whatever it is, while the policy cannot be read", () => {
    expect(vetoes({ problem: "ConfigMap a/b: allow.service: expected one of services" }, wish)).toEqual({
      code: "PolicyInvalid",
      message: expect.stringContaining("allow.service"),
    });
  });
});
