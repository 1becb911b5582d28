/** Services that are small enough to see at a glance what a test is about. */
import type { Catalog, Hook, Installer, JsonObject, ManifestTemplate, ServiceDefinition, Upgrader } from "@portolan/shared/catalog";

export function manifest(object: JsonObject, when?: string): ManifestTemplate {
  return { source: "manifest.yaml", object, ...(when === undefined ? {} : { when }) };
}

export function configMap(name: string, data: JsonObject): ManifestTemplate {
  return manifest({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
}

/** With a selector that a later version may change, which the API server refuses: the Deployment has to be deleted first. */
export function deployment(
  name: string,
  {
    image,
    selector,
    replicas = 1,
    annotations = {},
  }: { image: string; selector: string; replicas?: number | string; annotations?: JsonObject },
): ManifestTemplate {
  const labels = { [selector]: name };
  return manifest({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: { containers: [{ name: "main", image }] } },
    },
  });
}

/** The CustomResourceDefinition of a kind that no cluster has by itself: `Boat`. */
export function boatDefinition(schema: JsonObject) {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "boats.example.org" },
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names: { plural: "boats", singular: "boat", kind: "Boat", listKind: "BoatList" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", ...schema } } }],
    },
  };
}

export function job(annotations: JsonObject = {}): JsonObject {
  return {
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { annotations },
        spec: { restartPolicy: "Never", containers: [{ name: "main", image: "example.org/tool:1" }] },
      },
    },
  };
}

export function installer(version: string, objects: readonly ManifestTemplate[], parts: Partial<Installer> = {}): Installer {
  return { version, requires: [], deployer: { type: "manifests", objects }, defaults: {}, values: {}, health: [], ...parts };
}

export function upgrader(name: string, from: string, to: string, parts: Partial<Upgrader> = {}): Upgrader {
  return {
    name,
    direction: "upgrade",
    from,
    to,
    cost: 1,
    before: [],
    after: [],
    disruptive: false,
    irreversible: false,
    risks: [],
    ...parts,
  };
}

type HookParts = Hook extends infer Each
  ? Each extends Hook
    ? Omit<Each, "timeoutSeconds"> & { readonly timeoutSeconds?: number }
    : never
  : never;

export function hook(parts: HookParts): Hook {
  return { timeoutSeconds: 60, ...parts };
}

export function service(name: string, parts: Partial<ServiceDefinition>): ServiceDefinition {
  return {
    name,
    title: name,
    description: "",
    scope: "Namespace",
    config: { type: "object" },
    examples: [],
    secrets: [],
    installers: [],
    upgraders: [],
    ...parts,
  };
}

export function catalog(...services: readonly ServiceDefinition[]): Catalog {
  return { services };
}

const webConfig = {
  type: "object",
  additionalProperties: false,
  properties: { greeting: { type: "string", default: "hello", maxLength: 20 }, replicas: { type: "integer", minimum: 1, default: 1 } },
};

function web(version: string, selector: string, more: readonly ManifestTemplate[] = [], parts: Partial<Installer> = {}): Installer {
  return installer(
    version,
    [
      configMap("web", { version: "${release.version}", greeting: "${values.greeting}" }),
      deployment("web", { image: "example.org/web:${release.version}", selector, replicas: "${values.replicas}" }),
      ...more,
    ],
    { values: { greeting: "${config.greeting}", replicas: "${config.replicas}" }, ...parts },
  );
}

/**
 * 1.0.0 → 1.1.0 → 2.0.0, and back from 2.0.0. Between 1.1.0 and 2.0.0 the Deployment's selector changes, so it is deleted in between;
 * a backup before and a schema change after are Jobs. 1.x has a ConfigMap that 2.0.0 has no more.
 */
export const webService = service("web", {
  config: webConfig,
  installers: [
    web("1.0.0", "app", [configMap("legacy", { of: "1" })]),
    web("1.1.0", "app", [configMap("legacy", { of: "1" })]),
    web("2.0.0", "app.kubernetes.io/name", [configMap("modern", { of: "2" })], {
      valuesSchema: { type: "object", properties: { extra: { type: "object" } } },
    }),
  ],
  upgraders: [
    upgrader("to-1-1", ">=1.0.0 <1.1.0", ">=1.1.0 <2.0.0"),
    upgrader("to-2", ">=1.1.0 <2.0.0", ">=2.0.0 <3.0.0", {
      before: [
        hook({ name: "backup", action: "job", job: job() }),
        hook({
          name: "old-deployment",
          action: "delete",
          target: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
          propagation: "Background",
        }),
      ],
      after: [hook({ name: "schema", action: "job", job: job() })],
    }),
    upgrader("back-to-1", ">=2.0.0 <3.0.0", ">=1.1.0 <2.0.0", {
      direction: "downgrade",
      before: [
        hook({
          name: "new-deployment",
          action: "delete",
          target: { apiVersion: "apps/v1", kind: "Deployment", labels: { "app.kubernetes.io/name": "web" } },
          propagation: "Foreground",
        }),
      ],
    }),
  ],
});

const gate = hook({
  name: "gate",
  action: "wait",
  target: { apiVersion: "v1", kind: "ConfigMap", name: "gate-${release.version}" },
  until: "object != null",
});

function gated(version: string): Installer {
  return installer(version, [configMap("app", { version: "${release.version}", color: "${config.color}" })]);
}

/** 1.0.0 → 2.0.0 → 3.0.0, where every hop waits for a ConfigMap `gate-<version>`: a test decides when a step goes on. */
export const gatedService = service("gated", {
  config: {
    type: "object",
    additionalProperties: false,
    properties: { color: { type: "string", default: "red", enum: ["red", "green", "blue"] } },
  },
  installers: [gated("1.0.0"), gated("2.0.0"), gated("3.0.0")],
  upgraders: [
    upgrader("to-2", "1.0.0", "2.0.0", { before: [gate] }),
    upgrader("to-3", "2.0.0", "3.0.0", { before: [gate] }),
    upgrader("back-to-1", "2.0.0", "1.0.0", { direction: "downgrade" }),
  ],
});
