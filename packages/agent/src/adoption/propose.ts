/** Which instance would stand for a release that people have installed with helm, so that its objects stay as they are. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { Installer, JsonObject, ServiceDefinition } from "@portolan/shared/catalog";
import { factsJson, type ClusterFacts } from "@portolan/shared/graph";
import { mergePatch, toPointer, type Json } from "@portolan/shared/json";
import { effectiveValues } from "@portolan/shared/values";
import { differenceOf, leavesOf, valueAt, withValueAt } from "./differences.ts";
import { keptSecrets, pathsFromSecrets, type KeptSecrets, type NamedSecret } from "./kept-secrets.ts";
import { secretPlaces } from "./secret-values.ts";

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
  readonly secretRefs: KeptSecrets["refs"];
  /** What has to be there before the instance is. */
  readonly newSecrets: KeptSecrets["made"];
}

/** What people say about a release, beside what it tells itself. */
export interface Given {
  readonly config?: JsonObject;
  readonly secrets?: readonly NamedSecret[];
}

/** Why a release cannot be taken over as it is: a stable code, and a sentence that says what to do. */
export interface Obstacle {
  readonly code: "ConfigNeeded" | "SecretsNeeded" | "SecretDiffers" | "SecretInValues" | "Inexpressible";
  readonly message: string;
}

export type Proposed = { readonly possible: true; readonly proposal: Proposal } | { readonly possible: false; readonly obstacle: Obstacle };

export function propose(release: FoundRelease, { service, installer }: Candidate, cluster: ClusterFacts, given: Given = {}): Proposed {
  const wanted = mergePatch(release.chartValues, release.values);
  const secrets = keptSecrets(service, installer, wanted, given.secrets ?? []);
  if (typeof secrets === "string") return no("SecretsNeeded", secrets);
  const valuesOf = (config: JsonObject, overrides?: JsonObject) =>
    effectiveValues(service, installer, {
      config,
      ...(overrides === undefined ? {} : { overrides }),
      secrets: secrets.values,
      cluster: factsJson(cluster),
      release: {
        name: release.name,
        namespace: release.namespace,
        service: service.name,
        version: installer.version,
        instance: `${release.namespace}/${release.name}`,
      },
    });
  const config = configOf(installer, wanted, given.config ?? {}, (tried) => {
    const result = valuesOf(tried);
    return result.valid ? mergePatch(release.chartValues, result.values) : undefined;
  });
  const effective = valuesOf(config);
  if (!effective.valid) {
    const problems = effective.problems.map(({ message }) => message).join("; ");
    return no("ConfigNeeded", `the release does not say everything that ${service.name} ${installer.version} needs: ${problems}`);
  }
  const overrides = differenceOf(mergePatch(release.chartValues, effective.values), wanted);
  const different = pathsFromSecrets(installer).filter((path) => valueAt(overrides, path) !== undefined);
  if (different.length > 0) {
    const places = different.map(toPointer).join(", ");
    return no("SecretDiffers", `what comes from a Secret at ${places} is another one in the release: name the right one with --secret`);
  }
  const open = [...secretPlaces(differenceOf(given.config ?? {}, config)), ...secretPlaces(overrides)];
  if (open.length > 0) {
    const places = open.map(toPointer).join(", ");
    return no("SecretInValues", `what looks like a secret would stand at ${places}: let the chart read it from a Secret first`);
  }
  const final = valuesOf(config, overrides);
  if (!final.valid || !isDeepStrictEqual(mergePatch(release.chartValues, final.values), wanted)) {
    return no("Inexpressible", "the values remove something of the chart's own by null, which neither config nor overrides can");
  }
  return {
    possible: true,
    proposal: { service: service.name, version: installer.version, config, overrides, secretRefs: secrets.refs, newSecrets: secrets.made },
  };
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
