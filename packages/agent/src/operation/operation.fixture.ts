/** Definitions and operations in which only what a test is about has to be said. */
import type { Hook, Installer, ServiceDefinition, Upgrader } from "@portolan/shared/catalog";
import type { Operation, ServiceInstance, ServiceInstanceSpec } from "../resources/mod.ts";

export function anInstaller(version: string): Installer {
  return { version, requires: [], deployer: { type: "manifests", objects: [] }, defaults: {}, values: {}, health: [] };
}

export function aHook(name: string): Hook {
  return { name, timeoutSeconds: 7, action: "scale", target: { apiVersion: "apps/v1", kind: "Deployment", name: "x" }, replicas: 0 };
}

export function anUpgrader(name: string, before: readonly string[] = [], after: readonly string[] = []): Upgrader {
  return {
    name,
    direction: "upgrade",
    from: "*",
    to: "*",
    cost: 1,
    before: before.map(aHook),
    after: after.map(aHook),
    disruptive: false,
    irreversible: false,
    risks: [],
  };
}

export const service: ServiceDefinition = {
  name: "web",
  title: "Web",
  description: "",
  scope: "Namespace",
  config: { type: "object" },
  examples: [{ a: 1 }],
  secrets: [],
  installers: ["1.0.0", "2.0.0", "3.0.0", "4.0.0"].map(anInstaller),
  upgraders: [anUpgrader("to-2", ["backup", "stop"], ["schema"]), anUpgrader("to-3"), anUpgrader("to-4")],
};

export const operation: Operation = {
  id: "0a1b2c3d",
  kind: "Upgrade",
  plan: [
    { from: "1.0.0", to: "2.0.0", upgrader: "to-2", direction: "upgrade", disruptive: false, irreversible: false, digest: "" },
    { from: "2.0.0", to: "3.0.0", upgrader: "to-3", direction: "upgrade", disruptive: false, irreversible: false, digest: "" },
  ],
  planHash: "",
  generation: 1,
  inputs: { config: { a: 1 } },
  cursor: { step: 0 },
  startedAt: "2030-01-01T00:00:00.000Z",
};

export function instanceWith(spec: Partial<ServiceInstanceSpec>, generation = 2): ServiceInstance {
  return {
    apiVersion: "portolan.dev/v1alpha1",
    kind: "ServiceInstance",
    metadata: { namespace: "apps", name: "one", uid: "u1", generation },
    spec: { service: "web", ...spec },
  };
}
