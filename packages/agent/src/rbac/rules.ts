/** From what must be allowed to RBAC rules, as few as say it. Pure. */
import type { Access, ResourceAccess } from "../kube/mod.ts";

/** A rule of a Role or ClusterRole (rbac.authorization.k8s.io/v1 PolicyRule). */
export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** Something that must be allowed for objects of these names; `undefined` among them: whatever the name. */
export interface Grant {
  readonly access: Omit<ResourceAccess, "namespace" | "name">;
  readonly names: ReadonlySet<string | undefined>;
}

/** Rules that allow the same as all of these, each thing once. Those that are about no resource stay as they are. */
export function mergedRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const grants = rules.flatMap(({ apiGroups = [], resources = [], resourceNames, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((path) =>
        verbs.map((verb): Grant => {
          const [resource = "", subresource] = path.split("/");
          const access = { verb, group, resource, ...(subresource === undefined ? {} : { subresource }) };
          return { access, names: new Set(resourceNames ?? [undefined]) };
        }),
      ),
    ),
  );
  return [...rulesOf(grants), ...rules.filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)];
}

/** A rule that allows one thing, and that thing. */
export interface SingleRule {
  readonly rule: PolicyRule;
  readonly access: Access;
}

/**
 * Everything that a rule allows, one by one.
 *
 * @param namespace where it holds; absent: in all of them
 */
export function singleRulesOf(rule: PolicyRule, namespace?: string): readonly SingleRule[] {
  const { apiGroups = [], resources = [], resourceNames, nonResourceURLs = [], verbs } = rule;
  const place = namespace === undefined ? {} : { namespace };
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((path) => {
      const [resource = "", subresource] = path.split("/");
      const part = subresource === undefined ? {} : { subresource };
      return (resourceNames ?? [undefined]).flatMap((name) =>
        verbs.map((verb) => ({
          rule: { apiGroups: [group], resources: [path], ...(name === undefined ? {} : { resourceNames: [name] }), verbs: [verb] },
          access: { verb, group, resource, ...part, ...place, ...(name === undefined ? {} : { name }) },
        })),
      );
    }),
  );
  const ofPaths = nonResourceURLs.flatMap((path) =>
    verbs.map((verb) => ({ rule: { nonResourceURLs: [path], verbs: [verb] }, access: { verb, path } })),
  );
  return [...ofResources, ...ofPaths];
}

/** What rules allow of the same names in both; where the names differ, whatever the name. */
export function rulesForAnyName(rules: readonly PolicyRule[], others: readonly PolicyRule[]): readonly PolicyRule[] {
  const [one, other] = [rules, others].map((each) => each.flatMap((rule) => singleRulesOf(rule)).map(({ rule }) => rule));
  const known = new Set((other ?? []).map((rule) => JSON.stringify(rule)));
  return mergedRules(
    (one ?? []).map((rule) => {
      const { resourceNames: _, ...nameless } = rule;
      return known.has(JSON.stringify(rule)) ? rule : nameless;
    }),
  );
}

/** What rules allow and others do not, each thing once. */
export function rulesBeyond(rules: readonly PolicyRule[], others: readonly PolicyRule[]): readonly PolicyRule[] {
  const idOf = ({ rule: { apiGroups, resources, nonResourceURLs, verbs } }: SingleRule): string =>
    JSON.stringify([apiGroups, resources, nonResourceURLs, verbs]);
  const given = others.flatMap((rule) => singleRulesOf(rule));
  const whole = new Set(given.filter(({ rule }) => rule.resourceNames === undefined).map(idOf));
  return mergedRules(rules.flatMap((rule) => singleRulesOf(rule)).flatMap((single) => (whole.has(idOf(single)) ? [] : [single.rule])));
}

/** `get, list secrets, configmaps`, `patch deployments.apps web`, `get /metrics`. */
export function describeRule({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs }: PolicyRule): string {
  const what = apiGroups.flatMap((group) => resources.map((resource) => (group === "" ? resource : `${resource}.${group}`)));
  const names = resourceNames.length === 0 ? "" : ` ${resourceNames.join(", ")}`;
  return `${verbs.join(", ")} ${[...what, ...nonResourceURLs].join(", ")}${names}`;
}

/** What is made has no name yet that a role could allow. */
const nameless: ReadonlySet<string> = new Set(["create"]);

/** Ordered by group, resource and name, so that the same grants make the same rules. */
export function rulesOf(grants: readonly Grant[]): readonly PolicyRule[] {
  const entries = new Map<string, Entry & { readonly verbs: Set<string> }>();
  for (const { access, names } of grants) {
    const resource = access.subresource === undefined ? access.resource : `${access.resource}/${access.subresource}`;
    for (const name of nameless.has(access.verb) || names.has(undefined) ? [undefined] : names) {
      const entry = entries.get(idOf(access.group, resource, name)) ?? { group: access.group, resource, name, verbs: new Set<string>() };
      entry.verbs.add(access.verb);
      entries.set(idOf(access.group, resource, name), entry);
    }
  }
  const needed = [...entries.values()].map(({ verbs, ...entry }) => {
    // What is allowed whatever the name need not be allowed by name.
    const whatever = entry.name === undefined ? undefined : entries.get(idOf(entry.group, entry.resource, undefined))?.verbs;
    return { ...entry, verbs: [...verbs].filter((verb) => whatever?.has(verb) !== true).toSorted() };
  });
  return merged(needed.filter(({ verbs }) => verbs.length > 0));
}

interface Entry {
  readonly group: string;
  readonly resource: string;
  readonly name: string | undefined;
}

function idOf(group: string, resource: string, name: string | undefined): string {
  return JSON.stringify([group, resource, name]);
}

/** Names of one resource with the same verbs share a rule, and then resources of one group with the same names and verbs. */
function merged(entries: readonly (Entry & { readonly verbs: readonly string[] })[]): readonly PolicyRule[] {
  const byNames = grouped(entries, ({ group, resource, name, verbs }) => [group, resource, name === undefined, verbs]).map((same) => ({
    ...same[0],
    names: same.flatMap(({ name }) => (name === undefined ? [] : [name])).toSorted(),
  }));
  return grouped(byNames, ({ group, names, verbs }) => [group, names, verbs])
    .map((same) => ({ ...same[0], resources: same.map(({ resource }) => resource).toSorted() }))
    .toSorted((a, b) => compare([a.group, ...a.resources, ...a.names, ...a.verbs], [b.group, ...b.resources, ...b.names, ...b.verbs]))
    .map(({ group, resources, names, verbs }) => ({
      apiGroups: [group],
      resources,
      ...(names.length === 0 ? {} : { resourceNames: names }),
      verbs,
    }));
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => unknown): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function compare(a: readonly string[], b: readonly string[]): number {
  const [left, right] = [a.join("\0"), b.join("\0")];
  return left < right ? -1 : left > right ? 1 : 0;
}
