/** The catalog that ships: every mapping of every version renders, and the routes are those that the upstream projects describe. */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadCatalogFolder, MAX_CATALOG_BYTES, serializeCatalog, versionInRange } from "@portolan/shared/catalog";
import type { Hook, Installer, ServiceDefinition, Version, VersionRange } from "@portolan/shared/catalog";
import { renderObjectTemplate, renderTemplate } from "@portolan/shared/expression";
import type { Scope } from "@portolan/shared/expression";
import { factsJson, resolve, runsKubernetes } from "@portolan/shared/graph";
import type { Neighbour } from "@portolan/shared/graph";
import { validatorOf } from "@portolan/shared/json";
import type { JsonObject } from "@portolan/shared/json";
import { lintCatalog } from "@portolan/shared/catalog/lint";
import { planTo } from "@portolan/shared/planner";
import type { PlanResult } from "@portolan/shared/planner";
import { effectiveValues, placeholderSecrets } from "@portolan/shared/values";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const { catalog, problems } = await loadCatalogFolder(fileURLToPath(new URL("../../catalog", import.meta.url)));

function service(name: string): ServiceDefinition {
  const found = catalog.services.find((each) => each.name === name);
  if (found === undefined) throw new Error(`the catalog has no ${name}`);
  return found;
}

/** Everything that versions of this catalog ask for is there. */
function neighboursFor({ requires }: Pick<Installer, "requires">): readonly Neighbour[] {
  return requires.map(({ service: name, range }) => ({
    service: name,
    instance: `default/${name}`,
    version: service(name).installers.find(({ version }) => versionInRange(version, range))?.version ?? "0.0.0",
    ready: true,
    requires: [],
  }));
}

function plan(name: string, from: Version | null, to: Version, kubernetesVersion: string, config: JsonObject = {}): PlanResult {
  const definition = service(name);
  const graph = resolve(definition, {
    cluster: { name: "example", kubernetesVersion, labels: {} },
    neighbours: definition.installers.flatMap(neighboursFor),
    config,
    ...(from === null ? {} : { installed: from }),
  });
  return planTo(graph, from, to);
}

/** The versions on the way, or why there is no way. */
function route(...query: Parameters<typeof plan>): readonly string[] {
  const result = plan(...query);
  return result.reachable ? result.plan.steps.map(({ to }) => to) : result.reasons.map(({ code, message }) => `${code}: ${message}`);
}

/** Which Kubernetes serves the versions of APIs that are not in all of those below (https://kubernetes.io/docs/reference/using-api/deprecation-guide/). */
const SERVED: Readonly<Record<string, VersionRange>> = {
  "admissionregistration.k8s.io/v1": ">=1.16",
  "admissionregistration.k8s.io/v1beta1": "<1.22",
  "apiextensions.k8s.io/v1": ">=1.16",
  "apiextensions.k8s.io/v1beta1": "<1.22",
};

const KUBERNETES = Array.from({ length: 30 }, (_, index) => `v1.${index + 11}.0`);

function runsOn({ kubernetes }: Installer, kubernetesVersion: string): boolean {
  return kubernetes === undefined || runsKubernetes(kubernetesVersion, kubernetes);
}

describe("the catalog that ships", () => {
  it("loads as a whole", () => {
    expect(problems).toEqual([]);
  });

  it("has nothing that lint finds but charts without a digest", () => {
    expect(lintCatalog(catalog, problems).filter(({ code }) => code !== "UnpinnedChart")).toEqual([]);
  });

  it("can be published", () => {
    expect(serializeCatalog(catalog).length).toBeLessThan(MAX_CATALOG_BYTES);
  });

  it("says for every key of a config what it means", () => {
    const undescribed = (schema: JsonObject, path: string): readonly string[] => {
      const { properties, items, description } = schema;
      const children = [
        ...Object.entries(isObject(properties) ? properties : {}).map(([key, value]) => [`${path}/${key}`, value] as const),
        ...(isObject(items) ? [[`${path}[]`, { description: "an item of what was described", ...items }] as const] : []),
      ];
      const missing = path !== "" && typeof description !== "string" ? [path] : [];
      return [...missing, ...children.flatMap(([place, value]) => (isObject(value) ? undescribed(value, place) : []))];
    };
    expect(catalog.services.flatMap(({ name, config }) => undescribed(config, "").map((path) => `${name}${path}`))).toEqual([]);
  });

  it("names its sources: every risk and every retraction has a URL", () => {
    const sourceless = catalog.services.flatMap(({ name, installers, upgraders }) => [
      ...upgraders.flatMap((upgrader) =>
        upgrader.risks.filter(({ url }) => url === undefined).map(({ id }) => `${name} ${upgrader.name} ${id}`),
      ),
      ...installers
        .filter(({ retracted }) => retracted !== undefined && retracted.url === undefined)
        .map(({ version }) => `${name} ${version}`),
    ]);
    expect(sourceless).toEqual([]);
  });

  it("has every digest once", () => {
    const digests = catalog.services.flatMap(({ installers }) =>
      installers.flatMap(({ deployer }) => (deployer.type === "helm" && deployer.digest !== undefined ? [deployer.digest] : [])),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe.each(catalog.services.map((definition) => [definition.name, definition] as const))("%s", (name, definition) => {
  const cases = definition.installers.flatMap((installer) =>
    definition.examples.map((config, index) => [installer.version, index + 1, installer, config] as const),
  );

  it.each(cases)("%s has values for example %i that fit what the chart is known to read", (version, _number, installer, config) => {
    expect(installer.valuesSchema).toBeDefined();
    const result = effectiveValues(definition, installer, {
      config,
      secrets: placeholderSecrets(definition.secrets),
      cluster: factsJson({ name: "example", kubernetesVersion: "v1.34.0", labels: {} }),
      release: { name, namespace: name, service: name, version, instance: `${name}/${name}` },
    });
    expect(result.valid ? [] : result.problems).toEqual([]);
  });

  const entered = resolve(definition, {
    cluster: { name: "example", kubernetesVersion: "v1.34.0", labels: {} },
    neighbours: [],
    config: {},
  }).versions.flatMap((version) => definition.installers.filter((each) => each.version === version));

  it.each(entered.slice(1).map((installer, index) => [entered[index], installer] as const))(
    "leads from each version to the next",
    (from, to) => {
      if (from === undefined || to.retracted !== undefined) return;
      const shared = KUBERNETES.find((kubernetes) => runsOn(from, kubernetes) && runsOn(to, kubernetes));
      expect(shared, `${from.version} and ${to.version} run on no common Kubernetes`).toBeDefined();
      expect(route(name, from.version, to.version, shared ?? "").at(-1)).toBe(to.version);
    },
  );

  it.each(definition.installers.map((installer) => [installer.version, installer] as const))(
    "asks for no API that a Kubernetes which %s runs on does not serve",
    (_version, installer) => {
      const into = definition.upgraders.filter(({ to }) => versionInRange(installer.version, to));
      const targets = [
        ...installer.health.map(({ object }) => object),
        ...into.flatMap(({ before, after }) => [...before, ...after]).flatMap((hook) => ("target" in hook ? [hook.target] : [])),
      ];
      const missing = targets.flatMap(({ apiVersion, kind }) =>
        KUBERNETES.filter((kubernetes) => runsOn(installer, kubernetes) && !runsKubernetes(kubernetes, SERVED[apiVersion] ?? "*")).map(
          (kubernetes) => `${apiVersion} ${kind} on ${kubernetes}`,
        ),
      );
      expect(missing).toEqual([]);
    },
  );

  it("has its newest version on the oldest and the newest Kubernetes that are supported", () => {
    const newest = entered.findLast(({ retracted }) => retracted === undefined)?.version ?? "";
    expect(route(name, null, newest, "v1.34.0")).toEqual([newest]);
    expect(route(name, null, newest, "v1.37.0")).toEqual([newest]);
  });
});

describe.each(await upstreamCharts())("what upstream's charts of $service $versions read", ({ service: name, versions, schema }) => {
  const definition = service(name);
  const installers = definition.installers.filter(({ version }) => versionInRange(version, versions));

  it("is of versions that the catalog has", () => {
    expect(installers).not.toEqual([]);
  });

  it.each(installers.flatMap(({ version }) => definition.examples.map((config, index) => [version, index + 1, config] as const)))(
    "has all that the mapping of %s writes for example %i",
    (version, _number, config) => {
      const { values } = rendered(name, version, { config });
      expect(unknownKeys(values, schema, "")).toEqual([]);
      expect(validatorOf(schema)(values).problems).toEqual([]);
    },
  );
});

describe("cert-manager", () => {
  it.each<[string, Parameters<typeof route>, readonly string[]]>([
    ["over 0.13 to 0.14", ["cert-manager", "0.12.0", "0.14.3", "v1.20.1"], ["0.13.1", "0.14.3"]],
    ["from 0.16 to 1.0", ["cert-manager", "0.16.1", "1.0.4", "v1.20.1"], ["1.0.4"]],
    ["from 0.12 to 1.0", ["cert-manager", "0.12.0", "1.0.4", "v1.20.1"], ["0.13.1", "0.14.3", "0.15.2", "1.0.4"]],
    [
      "to the last version for Ingress v1beta1 and the first one for Ingress v1",
      ["cert-manager", "1.2.0", "1.5.5", "v1.21.0"],
      ["1.3.3", "1.4.4", "1.5.5"],
    ],
    ["in one jump from the last 1.12 to 1.17", ["cert-manager", "1.12.17", "1.17.4", "v1.32.0"], ["1.17.4"]],
    ["over the last 1.12 from an older one", ["cert-manager", "1.12.15", "1.17.4", "v1.32.0"], ["1.12.17", "1.17.4"]],
    ["away from a retracted version", ["cert-manager", "1.14.0", "1.18.6", "v1.34.0"], ["1.15.5", "1.16.5", "1.17.4", "1.18.6"]],
    ["within a minor, away from a retracted version", ["cert-manager", "1.19.0", "1.19.6", "v1.34.0"], ["1.19.6"]],
    ["to the newest", ["cert-manager", "1.17.4", "1.21.2", "v1.34.2-gke.104"], ["1.18.6", "1.19.6", "1.20.4", "1.21.2"]],
    [
      "nowhere, where Kubernetes does not serve v1beta1 any more",
      ["cert-manager", null, "1.4.4", "v1.37.0"],
      ["KubernetesVersion: 1.4.4 needs Kubernetes >=1.16 <1.22; the cluster runs v1.37.0"],
    ],
    [
      "nowhere to a retracted version",
      ["cert-manager", "1.18.6", "1.19.0", "v1.34.0"],
      ["Retracted: 1.19.0 was retracted: renews every certificate whose issuerRef leaves out kind or group; 1.19.1 takes the change back"],
    ],
  ])("leads %s", (_name, query, expected) => {
    expect(route(...query)).toEqual(expected);
  });

  // From https://cert-manager.io/docs/releases/. The chart of 1.13 refuses 1.21, which upstream names.
  it.each([
    ["1.5", 16, 22],
    ["1.6", 17, 22],
    ["1.7", 18, 23],
    ["1.8", 19, 24],
    ["1.9", 20, 24],
    ["1.10", 20, 26],
    ["1.11", 21, 27],
    ["1.12", 22, 32],
    ["1.13", 22, 27],
    ["1.14", 24, 31],
    ["1.15", 25, 32],
    ["1.16", 25, 32],
    ["1.17", 29, 32],
    ["1.18", 29, 33],
    ["1.19", 31, 35],
    ["1.20", 32, 35],
    ["1.21", 33, 36],
  ])("runs %s from Kubernetes 1.%i on, and warns above 1.%i", (minor, lowest, highest) => {
    const { installers, upgraders } = service("cert-manager");
    const kubernetes = installers.filter(({ version }) => version.startsWith(`${minor}.`)).map((installer) => installer.kubernetes);
    expect(new Set(kubernetes)).toEqual(new Set([`>=1.${lowest}`]));
    const id = `untested-kubernetes-${minor.replace(".", "-")}`;
    const warnings = upgraders.flatMap(({ risks }) => risks.filter((risk) => risk.id === id)).map(({ when }) => when);
    expect(new Set(warnings)).toEqual(new Set([`cluster.kubernetes.minor > ${highest}`]));
  });

  it("says which versions are in the way from 0.12 where Kubernetes is too new for them", () => {
    for (const kubernetes of ["v1.34.0", "v1.37.0"]) {
      const reasons = route("cert-manager", "0.12.0", "1.21.2", kubernetes);
      expect(reasons[0]).toContain("NoRoute: every route from 0.12.0 to 1.21.2 passes a version that must not be entered");
      expect(reasons).toContain(`KubernetesVersion: 0.14.3 needs Kubernetes >=1.11 <1.22; the cluster runs ${kubernetes}`);
    }
  });

  it("deletes the Deployments in the step to 0.14 and in no other", () => {
    const result = plan("cert-manager", "0.12.0", "1.0.4", "v1.20.1");
    if (!result.reachable) throw new Error("there is a way");
    expect(
      result.plan.steps.map(({ to, upgrader }) => [
        to,
        service("cert-manager")
          .upgraders.find(({ name }) => name === upgrader)
          ?.before.filter(({ action }) => action === "delete")
          .map(({ name }) => name),
      ]),
    ).toEqual([
      ["0.13.1", []],
      ["0.14.3", ["delete-controller", "delete-cainjector", "delete-webhook"]],
      ["0.15.2", []],
      ["1.0.4", []],
    ]);
    expect(result.plan.steps.map(({ disruptive }) => disruptive)).toEqual([false, true, false, false]);
  });

  it.each([
    ["cert-manager", ["cert-manager", "cert-manager-cainjector", "cert-manager-webhook"], {}],
    ["tls", ["tls-cert-manager", "tls-cainjector", "tls-cert-manager-webhook"], {}],
    ["tls", ["certs", "tls-cainjector", "certs-webhook"], { fullnameOverride: "certs" }],
  ])("deletes what the chart of 0.13 calls its Deployments in a release called %s, and nothing else", (release, names, overrides) => {
    const [controller = "", cainjector = "", webhook = ""] = names;
    const deployments = [
      deployment(controller, release, "cert-manager"),
      deployment(cainjector, release, "cainjector"),
      deployment(webhook, release, "webhook"),
      deployment(`${release}-webhook-of-others`, `${release}-webhook`, "webhook"),
      deployment("web", release, "web"),
    ];
    const { scope } = rendered("cert-manager", "0.14.3", { release, overrides });
    expect(hooksOf("cert-manager", "to-0-14").flatMap((hook) => removed(hook, scope, "Deployment", deployments))).toEqual(names);
  });

  it.each([
    [
      true,
      { "app.kubernetes.io/managed-by": "Helm" },
      { "meta.helm.sh/release-name": "tls", "meta.helm.sh/release-namespace": "cert-manager" },
    ],
    [false, {}, {}],
  ])("marks the definitions as the release's own on the way to 0.15 if they are to be so: %s", (manageDefinitions, labels, annotations) => {
    const { scope } = rendered("cert-manager", "0.15.2", { release: "tls", config: { manageDefinitions } });
    const patches = hooksOf("cert-manager", "to-0-15").map((hook) =>
      hook.action === "patch" ? renderTemplate(hook.patch, scope, "manifest") : hook.action,
    );
    expect(patches).toEqual(Array.from({ length: 6 }, () => ({ metadata: { labels, annotations } })));
  });

  it("stores every object as v1 before 1.6 stops serving the older versions", () => {
    expect(hooksOf("cert-manager", "to-1-6").map((hook) => (hook.action === "migrateStorage" ? hook.crd : hook.action))).toEqual([
      "certificaterequests.cert-manager.io",
      "certificates.cert-manager.io",
      "challenges.acme.cert-manager.io",
      "clusterissuers.cert-manager.io",
      "issuers.cert-manager.io",
      "orders.acme.cert-manager.io",
    ]);
  });

  it("warns of a Kubernetes that upstream has not tested, and of nothing that was not asked for", () => {
    const risks = (kubernetes: string, config: JsonObject) => {
      const result = plan("cert-manager", "1.10.2", "1.11.5", kubernetes, config);
      return result.reachable ? result.plan.risks.map(({ id }) => id) : ["unreachable"];
    };
    expect(risks("v1.27.3", {})).toEqual([]);
    expect(risks("v1.27.3", { gatewayApi: true })).toEqual(["gateway-api-v1beta1"]);
    expect(risks("v1.34.0", {})).toEqual(["untested-kubernetes-1-11"]);
  });

  it("keeps a config over the renames of the chart's values", () => {
    const config = { manageDefinitions: true, imageRegistry: "registry.example.org", dns01: { recursiveNameservers: ["1.1.1.1:53"] } };
    const values = (version: Version): JsonObject => valuesOf("cert-manager", version, config);
    expect(values("1.14.7")).toMatchObject({
      installCRDs: true,
      image: { repository: "registry.example.org/jetstack/cert-manager-controller" },
      extraArgs: ["--dns01-recursive-nameservers=1.1.1.1:53"],
    });
    expect(values("1.19.6")).toMatchObject({ crds: { enabled: true, keep: true }, dns01RecursiveNameservers: "1.1.1.1:53", extraArgs: [] });
    expect(values("1.19.6")).not.toHaveProperty("installCRDs");
    expect(values("1.21.2")).toMatchObject({ imageRegistry: "registry.example.org" });
    expect(values("1.21.2")).not.toHaveProperty("image");
  });

  it("refuses overrides that a chart no longer reads before the first step", () => {
    const overrides = { prometheus: { servicemonitor: { targetPort: 9402 } } };
    expect(() => rendered("cert-manager", "1.20.4", { overrides })).not.toThrow();
    expect(() => rendered("cert-manager", "1.21.2", { overrides })).toThrow("/prometheus/servicemonitor/targetPort");
    expect(() => rendered("cert-manager", "1.19.6", { overrides: { crds: { keep: false } } })).not.toThrow();
    expect(() => rendered("cert-manager", "1.19.6", { overrides: { crds: { keeps: false } } })).toThrow("/crds");
  });
});

describe("external-dns", () => {
  const config = {
    provider: "cloudflare",
    excludeDomains: ["internal.example.org"],
    labelFilter: "dns=public",
    annotationFilter: "example.org/dns=public",
    managedRecordTypes: ["A"],
  };

  it.each<[Version, JsonObject]>([
    [
      "1.13.1",
      {
        provider: "cloudflare",
        extraArgs: [
          "--exclude-domains=internal.example.org",
          "--label-filter=dns=public",
          "--managed-record-types=A",
          "--annotation-filter=example.org/dns=public",
        ],
      },
    ],
    [
      "1.14.5",
      {
        provider: { name: "cloudflare" },
        excludeDomains: ["internal.example.org"],
        extraArgs: ["--label-filter=dns=public", "--managed-record-types=A", "--annotation-filter=example.org/dns=public"],
      },
    ],
    [
      "1.18.0",
      {
        provider: { name: "cloudflare" },
        excludeDomains: ["internal.example.org"],
        labelFilter: "dns=public",
        managedRecordTypes: ["A"],
        extraArgs: ["--annotation-filter=example.org/dns=public"],
      },
    ],
    [
      "1.21.1",
      {
        provider: { name: "cloudflare" },
        excludeDomains: ["internal.example.org"],
        labelFilter: "dns=public",
        managedRecordTypes: ["A"],
        annotationFilter: "example.org/dns=public",
      },
    ],
  ])("says the same in the words of chart %s", (version, expected) => {
    const values = valuesOf("external-dns", version, config);
    const told = new Set(["provider", "excludeDomains", "labelFilter", "managedRecordTypes", "annotationFilter", "extraArgs"]);
    expect(Object.fromEntries(Object.entries(values).filter(([key]) => told.has(key)))).toEqual(expected);
  });

  it("passes every minor on the way from the oldest to the newest", () => {
    const versions = service("external-dns").installers.map(({ version }) => version);
    expect(route("external-dns", "1.11.0", "1.22.0", "v1.34.0")).toEqual(versions.filter((version) => version !== "1.11.0"));
  });

  it("reads the annotations that were read before, also where the program would read others", () => {
    expect(valuesOf("external-dns", "1.21.1", config)).not.toHaveProperty("annotationPrefix");
    expect(valuesOf("external-dns", "1.22.0", config)).toMatchObject({
      annotationPrefix: "external-dns.alpha.kubernetes.io/",
      policy: "upsert-only",
    });
    const risks = (more: JsonObject) => {
      const result = plan("external-dns", "1.21.1", "1.22.0", "v1.34.0", { ...config, ...more });
      return result.reachable ? result.plan.risks.map(({ id }) => id) : ["unreachable"];
    };
    expect(risks({})).toEqual([]);
    expect(risks({ annotationPrefix: "external-dns.kubernetes.io/" })).toEqual(["other-annotations"]);
  });
});

describe("kube-prometheus-stack", () => {
  it("goes around the retracted 63, and leads away from it", () => {
    expect(route("kube-prometheus-stack", "62.6.0", "68.4.0", "v1.34.0")).toEqual(["68.4.0"]);
    expect(route("kube-prometheus-stack", "63.0.0", "68.4.0", "v1.34.0")).toEqual(["68.4.0"]);
    expect(route("kube-prometheus-stack", "62.6.0", "63.0.0", "v1.34.0")[0]).toContain("Retracted: 63.0.0");
  });

  it("needs Kubernetes 1.25 where the chart has no PodSecurityPolicies any more", () => {
    expect(route("kube-prometheus-stack", "72.9.1", "78.5.0", "v1.24.9")).toContain(
      "KubernetesVersion: 78.5.0 needs Kubernetes >=1.25; the cluster runs v1.24.9",
    );
    expect(route("kube-prometheus-stack", "72.9.1", "78.5.0", "v1.25.0")).toEqual(["78.5.0"]);
  });

  it("tells whoever manages the definitions that they come first", () => {
    const risks = (config: JsonObject) => {
      const result = plan("kube-prometheus-stack", "62.6.0", "68.4.0", "v1.34.0", config);
      return result.reachable ? result.plan.risks.map(({ id }) => id).filter((id) => id.startsWith("operator-")) : ["unreachable"];
    };
    expect(risks({})).toEqual([]);
    expect(risks({ manageDefinitions: false })).not.toEqual([]);
  });

  // The appVersion of each chart in https://github.com/prometheus-community/helm-charts/blob/0163faed668ae1e60386bb90f489c91ab13b612b/index.yaml.
  it.each([
    ["51.9.2", "0.68", "56.9.0", "0.71"],
    ["56.9.0", "0.71", "58.7.2", "0.73"],
    ["58.7.2", "0.73", "62.6.0", "0.76"],
    ["62.6.0", "0.76", "68.4.0", "0.79"],
    ["63.0.0", "0.76", "68.4.0", "0.79"],
    ["68.4.0", "0.79", "72.9.1", "0.82"],
    ["72.9.1", "0.82", "78.5.0", "0.86"],
    ["78.5.0", "0.86", "79.5.0", "0.86"],
    ["79.5.0", "0.86", "82.18.0", "0.89"],
    ["82.18.0", "0.89", "84.5.0", "0.90"],
    ["84.5.0", "0.90", "85.3.3", "0.90"],
    ["85.3.3", "0.90", "87.19.2", "0.92"],
    ["87.19.2", "0.92", "88.6.2", "0.93"],
  ])("says, where the chart does not bring the definitions, which come between %s (%s) and %s (%s)", (from, before, to, after) => {
    const messages = (manageDefinitions: boolean) => {
      const result = plan("kube-prometheus-stack", from, to, "v1.34.0", { manageDefinitions });
      if (!result.reachable) throw new Error("there is a way");
      return result.plan.risks.map(({ message }) => message).filter((message) => message.startsWith("the definitions of "));
    };
    const named: unknown = expect.stringContaining(`Prometheus-Operator ${after} `);
    expect(messages(false)).toEqual(before === after ? [] : [named]);
    expect(messages(true)).toEqual([]);
  });
});

describe("external-secrets", () => {
  const definitions = [
    "externalsecrets.external-secrets.io",
    "clusterexternalsecrets.external-secrets.io",
    "secretstores.external-secrets.io",
    "clustersecretstores.external-secrets.io",
  ];

  it.each([
    ["0.15.1", "0.16.2", definitions],
    ["0.16.2", "0.17.0", definitions],
    ["0.17.0", "0.18.0", []],
  ])("stores objects in the version that is still read, between %s and %s", (from, to, expected) => {
    const result = plan("external-secrets", from, to, "v1.34.0");
    if (!result.reachable) throw new Error("there is a way");
    const hooks = result.plan.steps.flatMap(
      ({ upgrader }) => service("external-secrets").upgraders.find(({ name }) => name === upgrader)?.before ?? [],
    );
    expect(hooks.map((hook) => (hook.action === "migrateStorage" ? hook.crd : hook.action))).toEqual(expected);
  });

  it("does not jump over the versions that migrate", () => {
    const versions = route("external-secrets", "0.14.4", "2.14.0", "v1.34.0");
    expect(versions.slice(0, 3)).toEqual(["0.15.1", "0.16.2", "0.17.0"]);
    expect(versions.at(-1)).toBe("2.14.0");
  });
});

describe("trivy-operator", () => {
  it("deletes the definitions of SBOM reports in the step to 0.21 and in no other", () => {
    const deleting = service("trivy-operator").upgraders.filter(({ before, after }) =>
      [...before, ...after].some(({ action }) => action === "delete"),
    );
    expect(deleting.map(({ name }) => name)).toEqual(["to-0-21"]);
    expect(route("trivy-operator", "0.20.6", "0.24.1", "v1.34.0")).toEqual(["0.21.4", "0.23.3", "0.24.1"]);
  });
});

describe("loki", () => {
  const config = { schemas: [{ from: "2024-04-01" }], retention: "336h", canary: true, imageRegistry: "registry.example.org" };

  it("keeps a config over the renames of the chart's values", () => {
    const five = valuesOf("loki", "5.48.0", config);
    expect(five).toMatchObject({
      global: { image: { registry: "registry.example.org" } },
      loki: { compactor: { retention_enabled: true, shared_store: "filesystem" } },
      monitoring: { lokiCanary: { enabled: true } },
    });
    expect(five).not.toHaveProperty("deploymentMode");
    expect(valuesOf("loki", "6.49.0", config)).toMatchObject({
      deploymentMode: "SingleBinary",
      loki: { compactor: { retention_enabled: true, delete_request_store: "filesystem" } },
      lokiCanary: { enabled: true },
    });
    expect(valuesOf("loki", "18.12.0", config)).toMatchObject({
      deploymentMode: "Monolithic",
      global: { imageRegistry: "registry.example.org" },
    });
  });

  it("takes the StatefulSet from around its pods in the step over 6.38 and in no other", () => {
    const result = plan("loki", "5.48.0", "18.12.0", "v1.34.0", config);
    if (!result.reachable) throw new Error("there is a way");
    const hooks = result.plan.steps.map(({ to, upgrader }) => [
      to,
      service("loki")
        .upgraders.find(({ name }) => name === upgrader)
        ?.before.map((hook) => (hook.action === "delete" ? hook.propagation : hook.action)),
    ]);
    expect(hooks).toEqual([
      ["6.29.0", []],
      ["6.49.0", ["Orphan"]],
      ["8.1.3", []],
      ["18.12.0", []],
    ]);
  });

  it.each([
    ["logs", "logs-loki", {}],
    ["loki", "loki", {}],
    ["logs", "store", { fullnameOverride: "store" }],
  ])("takes the StatefulSet of the one binary in a release called %s, and no cache", (release, name, overrides) => {
    const component = (each: string, called: string, of = release) => ({
      name: called,
      labels: { "app.kubernetes.io/name": "loki", "app.kubernetes.io/instance": of, "app.kubernetes.io/component": each },
    });
    const sets = [
      component("single-binary", name),
      component("memcached-chunks-cache", `${name}-chunks-cache`),
      component("single-binary", "loki-of-others", "others"),
    ];
    const { scope } = rendered("loki", "6.49.0", { release, config: { schemas: config.schemas }, overrides });
    expect(hooksOf("loki", "to-6-38").flatMap((hook) => removed(hook, scope, "StatefulSet", sets))).toEqual([name]);
  });

  it.each(service("loki").installers.map(({ version }) => version))("keeps the volumes of %s when it goes or shrinks", (version) => {
    for (const replicas of [1, 3]) {
      const values = valuesOf("loki", version, { ...config, replicas, objectStore: { bucket: "logs" } });
      expect(values).toMatchObject({ singleBinary: { persistence: { enabled: true, enableStatefulSetAutoDeletePVC: false } } });
    }
  });

  it("refuses several replicas over a volume of each", () => {
    expect(() => valuesOf("loki", "18.12.0", { ...config, replicas: 3 })).toThrow("config");
    expect(() => valuesOf("loki", "18.12.0", { ...config, replicas: 3, objectStore: { bucket: "logs" } })).not.toThrow();
  });

  it.each([
    [["tsdb v13"], []],
    [["boltdb-shipper v12"], ["schema-v13"]],
    [["tsdb v12"], ["schema-v13"]],
    [["boltdb-shipper v13"], ["schema-v13"]],
    [["boltdb-shipper v11", "tsdb v13"], ["schema-v13-in-force"]],
  ])("warns of schemas %s with which Loki 3 does not start", (schemas, expected) => {
    const written = schemas.map((schema, at) => {
      const [store = "", version = ""] = schema.split(" ");
      return { from: `202${at + 2}-01-11`, store, version };
    });
    const result = plan("loki", "5.48.0", "6.29.0", "v1.34.0", { ...config, schemas: written });
    const risks = result.reachable ? result.plan.risks.map(({ id }) => id) : ["unreachable"];
    expect(risks.filter((id) => id.startsWith("schema-"))).toEqual(expected);
    expect(risks).not.toContain("unreachable");
  });
});

describe("fluent-bit", () => {
  it("needs a Loki in the cluster", () => {
    const definition = service("fluent-bit");
    const without = resolve(definition, {
      cluster: { name: "example", kubernetesVersion: "v1.34.0", labels: {} },
      neighbours: [],
      config: {},
    });
    const result = planTo(without, null, "0.50.0");
    expect(result.reachable ? [] : result.reasons.map(({ message }) => message)).toEqual([expect.stringContaining("loki >=5.0.0")]);
    expect(route("fluent-bit", null, "0.50.0", "v1.34.0")).toEqual(["0.50.0"]);
  });

  it("writes the output with what it needs and nothing else", () => {
    const outputs = (config: JsonObject) => valuesOf("fluent-bit", "0.50.0", config)["config"];
    const labels = "namespace=$kubernetes['namespace_name'], pod=$kubernetes['pod_name'], container=$kubernetes['container_name']";
    const output = (host: string, middle: string, more: string) => ({
      outputs: [
        "[OUTPUT]",
        "    Name loki",
        "    Match *",
        `    Host ${host}`,
        middle,
        `    Labels job=fluent-bit, ${labels}${more}`,
        "    Auto_Kubernetes_Labels Off",
        "    Retry_Limit False",
        "",
      ].join("\n"),
    });
    expect(outputs({ loki: { host: "loki-gateway" } })).toEqual(output("loki-gateway", "    Port 80", ""));
    expect(outputs({ loki: { host: "loki", port: 3100, tenant: "team" }, labels: { cluster: "example" } })).toEqual(
      output("loki", "    Port 3100\n    Tenant_Id team", ", cluster=example"),
    );
  });
});

interface UpstreamChart {
  readonly service: string;
  readonly versions: VersionRange;
  readonly schema: JsonObject;
}

/** What is written in `upstream/` of the charts of other projects. */
async function upstreamCharts(): Promise<readonly UpstreamChart[]> {
  const folder = new URL("upstream/", import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
  return await Promise.all(names.map(async (name) => upstreamChart(parse(await readFile(new URL(name, folder), "utf8")), name)));
}

function upstreamChart(document: unknown, file: string): UpstreamChart {
  const { service: name, versions, schema } = isObject(document) ? document : {};
  if (typeof name !== "string" || typeof versions !== "string" || !isObject(schema)) {
    throw new Error(`upstream/${file}: expected service, versions and schema`);
  }
  return { service: name, versions, schema };
}

/** The keys of values that a schema does not name, where it names any, whether it is closed or not. */
function unknownKeys(values: JsonObject, { properties }: JsonObject, path: string): readonly string[] {
  if (!isObject(properties)) return [];
  return Object.entries(values).flatMap(([key, value]) => {
    const known = properties[key];
    if (!isObject(known)) return [`${path}/${key}`];
    return isObject(value) ? unknownKeys(value, known, `${path}/${key}`) : [];
  });
}

interface Circumstances {
  readonly release?: string;
  readonly config?: JsonObject;
  readonly overrides?: JsonObject;
}

/** A version's effective values, and the scope of its hooks. */
function rendered(name: string, version: Version, { release = name, config = {}, overrides = {} }: Circumstances) {
  const definition = service(name);
  const installer = definition.installers.find((each) => each.version === version);
  if (installer === undefined) throw new Error(`${name} has no ${version}`);
  const result = effectiveValues(definition, installer, {
    config,
    overrides,
    secrets: {},
    cluster: factsJson({ name: "example", kubernetesVersion: "v1.34.0", labels: {} }),
    release: { name: release, namespace: name, service: name, version, instance: `${name}/${release}` },
  });
  if (!result.valid) throw new Error(result.problems.map(({ message }) => message).join("\n"));
  return result;
}

function valuesOf(name: string, version: Version, config: JsonObject): JsonObject {
  return rendered(name, version, { config }).values;
}

/** The hooks before a step. */
function hooksOf(name: string, upgrader: string): readonly Hook[] {
  const found = service(name).upgraders.find((each) => each.name === upgrader);
  if (found === undefined) throw new Error(`${name} has no ${upgrader}`);
  return found.before;
}

interface Labelled {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a removal takes from among objects of one kind, by their labels. */
function removed(hook: Hook, scope: Scope, of: string, objects: readonly Labelled[]): readonly string[] {
  if (hook.action !== "delete") throw new Error(`${hook.name} is no removal`);
  const { kind, labels } = renderObjectTemplate({ ...hook.target }, scope, "manifest");
  if (kind !== of || !isObject(labels)) throw new Error(`${hook.name} removes no ${of} by its labels`);
  return objects.filter((each) => Object.entries(labels).every(([key, value]) => each.labels[key] === value)).map(({ name }) => name);
}

/** Name and labels as cert-manager's charts before 0.14 write them. */
function deployment(name: string, release: string, component: string) {
  const labels: Readonly<Record<string, string>> = {
    app: component,
    "app.kubernetes.io/name": component,
    "app.kubernetes.io/instance": release,
    "app.kubernetes.io/managed-by": "Helm",
  };
  return { name, labels };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
