import { describe, expect, it } from "vitest";
import { describeRule, mergedRules, rulesBeyond, rulesForAnyName, rulesOf, singleRulesOf, type Grant } from "./mod.ts";

function grant(verb: string, resource: string, ...names: readonly string[]): Grant {
  return { access: { verb, group: "apps", resource }, names: new Set(names.length === 0 ? [undefined] : names) };
}

describe("rules", () => {
  it("allow what is made whatever its name, and the rest by name", () => {
    expect(rulesOf(["get", "create", "patch"].map((verb) => grant(verb, "deployments", "b", "a")))).toEqual([
      { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["a", "b"], verbs: ["get", "patch"] },
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] },
    ]);
  });

  it("leave out what others allow already, whatever the name", () => {
    const secrets = (verbs: readonly string[], ...names: readonly string[]) => ({
      apiGroups: [""],
      resources: ["secrets"],
      ...(names.length === 0 ? {} : { resourceNames: names }),
      verbs,
    });
    expect(rulesBeyond([secrets(["get", "create"]), secrets(["get"], "key")], [secrets(["get", "list"])])).toEqual([secrets(["create"])]);
    expect(rulesBeyond([secrets(["get"], "key")], [secrets(["get"], "other")])).toEqual([secrets(["get"], "key")]);
    expect(rulesBeyond([{ nonResourceURLs: ["/metrics"], verbs: ["get"] }], [secrets(["get"])])).toEqual([
      { nonResourceURLs: ["/metrics"], verbs: ["get"] },
    ]);
  });

  it("name what has the same name in both, and of the rest allow whatever the name", () => {
    const roles = (...names: readonly string[]) => [
      { apiGroups: ["apps"], resources: ["deployments"], resourceNames: names, verbs: ["get", "patch"] },
      { apiGroups: [""], resources: ["services"], resourceNames: ["fixed"], verbs: ["get"] },
      { apiGroups: [""], resources: ["services"], verbs: ["create"] },
    ];
    const forAny = (...names: readonly string[]) =>
      rulesForAnyName(roles("one", "fixed"), roles(...names))
        .map(describeRule)
        .toSorted();
    expect(forAny("another", "fixed")).toEqual(["create services", "get services fixed", "get, patch deployments.apps"]);
    expect(forAny("one", "fixed")).toEqual(["create services", "get services fixed", "get, patch deployments.apps fixed, one"]);
  });

  it("name nothing that is allowed whatever the name", () => {
    const rules = rulesOf([grant("get", "deployments", "a"), grant("get", "deployments"), grant("patch", "deployments", "a")]);
    expect(rules).toEqual([
      { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["a"], verbs: ["patch"] },
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] },
    ]);
  });

  it("are the same in any order, and few", () => {
    const grants = ["deployments", "daemonsets"].flatMap((resource) => ["list", "watch"].map((verb) => grant(verb, resource)));
    const rules = [{ apiGroups: ["apps"], resources: ["daemonsets", "deployments"], verbs: ["list", "watch"] }];
    expect(rulesOf(grants)).toEqual(rules);
    expect(rulesOf(grants.toReversed())).toEqual(rules);
    expect(mergedRules([...rules, ...rules])).toEqual(rules);
  });

  it("keep subresources and what is about no resource", () => {
    const rules = [
      { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
      { nonResourceURLs: ["/metrics"], verbs: ["get"] },
    ];
    expect(mergedRules(rules)).toEqual(rules);
  });

  it("are taken apart into what is allowed one by one, and put together again", () => {
    const rules = [
      { apiGroups: ["apps"], resources: ["deployments", "deployments/scale"], resourceNames: ["a", "b"], verbs: ["get", "patch"] },
      { nonResourceURLs: ["/metrics"], verbs: ["get"] },
    ];
    const single = rules.flatMap((rule) => singleRulesOf(rule, "here"));
    expect(single).toHaveLength(9);
    expect(single.map(({ access }) => access)).toContainEqual({
      verb: "patch",
      group: "apps",
      resource: "deployments",
      subresource: "scale",
      namespace: "here",
      name: "b",
    });
    expect(single.at(-1)?.access).toEqual({ verb: "get", path: "/metrics" });
    expect(mergedRules(single.map(({ rule }) => rule))).toEqual(rules);
    expect(rules.map(describeRule)).toEqual(["get, patch deployments.apps, deployments/scale.apps a, b", "get /metrics"]);
  });
});
