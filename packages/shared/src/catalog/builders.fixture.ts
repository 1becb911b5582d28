import type { Installer, ServiceDefinition, Upgrader } from "./model.ts";

/** A service in which only what a test is about has to be said. */
export function aService(parts: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return {
    name: "demo",
    title: "Demo",
    description: "",
    scope: "Cluster",
    config: { type: "object" },
    examples: [],
    secrets: [],
    installers: [],
    upgraders: [],
    ...parts,
  };
}

/** Installs one ConfigMap. */
export function anInstaller(version: string, parts: Partial<Installer> = {}): Installer {
  return {
    version,
    requires: [],
    deployer: {
      type: "manifests",
      objects: [{ source: "app.yaml#1", object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "app" }, data: { version } } }],
    },
    defaults: {},
    values: {},
    health: [],
    ...parts,
  };
}

export function anUpgrader(name: string, from: string, to: string, parts: Partial<Upgrader> = {}): Upgrader {
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

export function aDowngrader(name: string, from: string, to: string, parts: Partial<Upgrader> = {}): Upgrader {
  return anUpgrader(name, from, to, { direction: "downgrade", ...parts });
}
