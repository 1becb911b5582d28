import type { Installer, ServiceDefinition } from "@portolan/shared/catalog";
import { expect, it } from "vitest";
import { serviceDefinitionObject } from "./service-definition.ts";

function installer(version: string, parts: Partial<Installer> = {}): Installer {
  return { version, requires: [], deployer: { type: "manifests", objects: [] }, defaults: {}, values: {}, health: [], ...parts };
}

const service: ServiceDefinition = {
  name: "dns",
  title: "DNS",
  description: "Names for services.",
  icon: "https://example.org/dns.svg",
  scope: "Cluster",
  config: { type: "object", properties: { zone: { type: "string" } } },
  examples: [{ zone: "example.org" }],
  secrets: [{ name: "account", description: "of the provider", keys: ["token"], optional: true }],
  installers: [
    installer("1.0.0"),
    installer("1.1.0", { kubernetes: ">=1.30" }),
    installer("2.0.0", { retracted: { reason: "forgets zones", url: "https://example.org/note" } }),
  ],
  upgraders: [],
};

it("a ServiceDefinition says what can be run here, newest first: where each version comes from, where it runs, and which one was retracted", () => {
  const object = serviceDefinitionObject(
    service,
    new Map([
      ["1.0.0", "built-in"],
      ["2.0.0", "spring"],
    ]),
  );
  expect(object).toEqual({
    apiVersion: "portolan.dev/v1alpha1",
    kind: "ServiceDefinition",
    metadata: { name: "dns" },
    spec: {
      title: "DNS",
      description: "Names for services.",
      icon: "https://example.org/dns.svg",
      scope: "Cluster",
      configSchema: { type: "object", properties: { zone: { type: "string" } } },
      secrets: [{ name: "account", description: "of the provider", keys: ["token"], optional: true }],
      latest: "1.1.0",
      totalVersions: 3,
      versions: [
        { version: "2.0.0", catalog: "spring", retracted: { reason: "forgets zones", url: "https://example.org/note" } },
        { version: "1.1.0", kubernetes: ">=1.30" },
        { version: "1.0.0", catalog: "built-in" },
      ],
    },
  });
});

it("a service of which every version was retracted has no latest one, and no more than 200 versions are shown", () => {
  const installers = Array.from({ length: 250 }, (_, patch) => installer(`1.0.${patch}`, { retracted: { reason: "lost" } }));
  const shown = serviceDefinitionObject({ ...service, installers }, new Map());
  const versions = expect.objectContaining({ length: 200, 0: expect.objectContaining({ version: "1.0.249" }) });
  expect(shown["spec"]).toMatchObject({ latest: "", totalVersions: 250, versions });
});
