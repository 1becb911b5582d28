/** Which instance would stand for a release that people have installed with helm, so that its objects stay as they are. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { Installer, JsonObject, ServiceDefinition } from "@portolan/shared/catalog";
import { factsJson, type ClusterFacts } from "@portolan/shared/graph";
import { isJsonObject, mergePatch, toPointer, type Json } from "@portolan/shared/json";
import { effectiveValues } from "@portolan/shared/values";
import { differenceOf, leavesOf, withValueAt, type Path } from "./differences.ts";

/** A release as helm keeps it. */
export interface FoundRelease {
  readonly namespace: string;
  readonly name: string;
  /** The chart's own values. */
  readonly chartValues: JsonObject;
  /** What was given. */
  readonly values: JsonObject;
}

/** A version of the catalog that is deployed from a release's chart. */
export interface Candidate {
  readonly service: ServiceDefinition;
  readonly installer: Installer;
}

export interface Proposal {
  readonly service: string;
  readonly version: string;
  readonly config: JsonObject;
  /** What the service's configuration cannot say: a JSON merge patch over the values. */
  readonly overrides: JsonObject;
}

/** Why a release cannot be taken over as it is: a stable code, and a sentence that says what to do. */
export interface Obstacle {
  readonly code: "ConfigNeeded" | "SecretsNeeded" | "SecretInValues" | "Inexpressible";
  readonly message: string;
}

export type Proposed = { readonly possible: true; readonly proposal: Proposal } | { readonly possible: false; readonly obstacle: Obstacle };

/** Names under which charts take secrets. What has such a name must not stand in a ServiceInstance, which more people may read. */
const secretName = /passw(?:or)?d|secret|token|credential|api[-_]?key|private[-_]?key/iu;

/** @param given config that is known to be wanted; what can be told from the release is added */
export function propose(release: FoundRelease, { service, installer }: Candidate, cluster: ClusterFacts, given: JsonObject = {}): Proposed {
  const required = service.secrets.filter(({ optional }) => !optional);
  if (required.length > 0) {
    const names = required.map(({ name, keys }) => `${name} (${keys.join(", ")})`).join(", ");
    return no("SecretsNeeded", `${service.name} takes ${names} from Secrets: write the instance by hand, with spec.secretRefs`);
  }
  const wanted = mergePatch(release.chartValues, release.values);
  const valuesOf = (config: JsonObject, overrides?: JsonObject) =>
    effectiveValues(service, installer, {
      config,
      ...(overrides === undefined ? {} : { overrides }),
      secrets: {},
      cluster: factsJson(cluster),
      release: {
        name: release.name,
        namespace: release.namespace,
        service: service.name,
        version: installer.version,
        instance: `${release.namespace}/${release.name}`,
      },
    });
  const config = configOf(installer, wanted, given, (tried) => {
    const result = valuesOf(tried);
    return result.valid ? mergePatch(release.chartValues, result.values) : undefined;
  });
  const effective = valuesOf(config);
  if (!effective.valid) {
    const problems = effective.problems.map(({ message }) => message).join("; ");
    return no("ConfigNeeded", `the release does not say everything that ${service.name} ${installer.version} needs: ${problems}`);
  }
  const overrides = differenceOf(mergePatch(release.chartValues, effective.values), wanted);
  const secrets = leavesOf(overrides).filter(({ path, value }) => looksSecret(path, value));
  if (secrets.length > 0) {
    const places = secrets.map(({ path }) => toPointer(path)).join(", ");
    return no("SecretInValues", `the values hold what looks like a secret at ${places}: let the chart read it from a Secret first`);
  }
  const final = valuesOf(config, overrides);
  if (!final.valid || !isDeepStrictEqual(mergePatch(release.chartValues, final.values), wanted)) {
    return no("Inexpressible", "the values remove something of the chart's own by null, which neither config nor overrides can");
  }
  return { possible: true, proposal: { service: service.name, version: installer.version, config, overrides } };
}

function no(code: Obstacle["code"], message: string): Proposed {
  return { possible: false, obstacle: { code, message } };
}

/**
 * Reads the mapping backwards where it only passes something on: `${config.a.b}`. What is so by default is not said, and what the schema
 * refuses is left to the overrides.
 *
 * @param valuesFor all values that a config leads to; undefined: it is refused
 */
function configOf(installer: Installer, wanted: Json, given: JsonObject, valuesFor: (config: JsonObject) => Json | undefined): JsonObject {
  let config = given;
  let values = valuesFor(config);
  for (const { path, value: template } of leavesOf(installer.values)) {
    const [, name] = (typeof template === "string" ? /^\$\{config\.([\w.]+)\}$/u.exec(template) : null) ?? [];
    const value = valueAt(wanted, path);
    if (name === undefined || value === undefined || value === null) continue;
    const field = name.split(".");
    if (valueAt(given, field) !== undefined || isDeepStrictEqual(valueAt(values, path), value)) continue;
    const tried = withValueAt(config, field, value);
    const result = valuesFor(tried);
    // What is required may be refused until all of it is said.
    if (result === undefined && values !== undefined) continue;
    config = tried;
    values = result;
  }
  return values === undefined ? given : config;
}

function valueAt(value: Json | undefined, path: Path): Json | undefined {
  let found = value;
  for (const name of path) found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found;
}

function looksSecret(path: Path, value: Json): boolean {
  return typeof value === "string" && value !== "" && secretName.test(path.at(-1) ?? "");
}
