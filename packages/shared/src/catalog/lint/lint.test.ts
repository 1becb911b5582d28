import { describe, expect, it } from "vitest";
import { aDowngrader, anInstaller, anUpgrader, aService } from "../builders.fixture.ts";
import type { Hook, Installer, Risk, ServiceDefinition } from "../mod.ts";
import { lintCatalog } from "./mod.ts";

function lint(parts: Partial<ServiceDefinition>, ...others: ServiceDefinition[]): readonly string[] {
  return lintCatalog({ services: [aService(parts), ...others] }).map(
    ({ severity, code, file, message }) => `${severity} ${code} ${file}: ${message}`,
  );
}

const installers = ["1.0.0", "1.1.0", "1.2.0"].map((version) => anInstaller(version));
const clean = [anUpgrader("up", "1.0.0", "1.1.0"), anUpgrader("up-2", "1.1.0", "1.2.0")];

describe("lintCatalog", () => {
  it("finds nothing in a service that is as it should be", () => {
    expect(lint({ installers, upgraders: [...clean, aDowngrader("down", "1.2.0", "1.1.0")] })).toEqual([]);
    expect(lint({ installers: [anInstaller("1.0.0")] })).toEqual([]);
    expect(lint({})).toEqual([]);
  });

  it("passes on what loading found, errors before warnings", () => {
    const findings = lintCatalog({ services: [aService({ installers: [anInstaller("1.0.0"), anInstaller("1.1.0")] })] }, [
      { code: "Malformed", file: "z.yaml", message: "line 1" },
    ]);
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      "error Malformed",
      "warning DeadEndVersion",
      "warning UnreachableVersion",
    ]);
  });

  it("finds upgraders without versions", () => {
    expect(lint({ installers, upgraders: [...clean, anUpgrader("next", "1.2.0", "2.x"), anUpgrader("old", "0.x", "1.0.0")] })).toEqual([
      "warning MissingInstaller demo/upgraders/next.yaml: no version is in 2.x",
      "warning MissingInstaller demo/upgraders/old.yaml: no version is in 0.x",
    ]);
    expect(lint({ installers, upgraders: [...clean, anUpgrader("none", "3.x", "4.x")] })).toHaveLength(2);
  });

  it("looks at a catalog together with those that it is added to, and judges its own pieces alone", () => {
    const base = { services: [aService({ installers: [anInstaller("1.0.0"), anInstaller("1.1.0")] })] };
    const next = {
      services: [
        aService({
          installers: [anInstaller("1.2.0")],
          upgraders: [anUpgrader("next", "1.1.0", "1.2.0"), aDowngrader("back", "1.2.0", "1.1.0")],
        }),
      ],
    };
    expect(lintCatalog(next).map(({ code }) => code)).toEqual(["MissingInstaller", "MissingInstaller"]);
    expect(lintCatalog(next, [], [base])).toEqual([]);
    const bad = anUpgrader("next", "1.1.0", "1.0.0");
    expect(lintCatalog({ services: [aService({ upgraders: [bad] })] }, [], [base]).map(({ code }) => code)).toEqual(["OtherDirection"]);
  });

  it("finds requirements that the catalog cannot meet, and leaves other catalogs' services alone", () => {
    const needy = anInstaller("1.0.0", {
      requires: [
        { service: "other", range: ">=2" },
        { service: "elsewhere", range: "*" },
      ],
    });
    expect(lint({ installers: [needy] }, aService({ name: "other", installers: [anInstaller("1.9.0")] }))).toEqual([
      "warning MissingInstaller demo/installers/1.0.0.yaml: 1.0.0 requires other >=2, and the catalog has no such version of it",
    ]);
    expect(lint({ installers: [needy] }, aService({ name: "other", installers: [anInstaller("2.0.0")] }))).toEqual([]);
  });

  describe("finds requirements that lead in a circle", () => {
    const requiring = (version: string, ...requirements: readonly (readonly [service: string, range: string])[]): Installer =>
      anInstaller(version, { requires: requirements.map(([service, range]) => ({ service, range })) });
    const circles = (...found: Parameters<typeof lint>): readonly string[] =>
      lint(...found).filter((finding) => finding.includes("RequirementCycle"));
    const other = (...versions: readonly Installer[]): ServiceDefinition => aService({ name: "other", installers: versions });
    const circle = (version: string, ...chain: readonly string[]): string =>
      `error RequirementCycle demo/installers/${version}.yaml: ${version} can never be installed, because its requirements lead in a circle: ${chain.join(" → ")}`;

    it("of two services, in both of them", () => {
      const [demo, needed] = [aService({ installers: [requiring("1.0.0", ["other", "*"])] }), other(requiring("2.0.0", ["demo", ">=1"]))];
      expect(lintCatalog({ services: [demo, needed] }).map(({ code, file, path }) => [code, file, path])).toEqual([
        ["RequirementCycle", "demo/installers/1.0.0.yaml", "/requires"],
        ["RequirementCycle", "other/installers/2.0.0.yaml", "/requires"],
      ]);
      expect(circles(demo, needed)).toContain(circle("1.0.0", "demo 1.0.0", "other 2.0.0", "demo 1.0.0"));
    });

    it("of a version and itself", () => {
      expect(circles({ installers: [requiring("1.0.0", ["demo", "1.x"])] })).toEqual([circle("1.0.0", "demo 1.0.0", "demo 1.0.0")]);
    });

    it("of some versions only, whatever else they require", () => {
      const versions = [anInstaller("1.0.0"), requiring("2.0.0", ["third", "*"], ["other", ">=2"])];
      const needed = other(anInstaller("1.0.0"), requiring("2.0.0", ["demo", ">=2"]));
      expect(circles({ installers: versions }, needed, aService({ name: "third", installers: [anInstaller("1.0.0")] }))).toEqual([
        circle("2.0.0", "demo 2.0.0", "other 2.0.0", "demo 2.0.0"),
        expect.stringContaining("other/installers/2.0.0.yaml"),
      ]);
    });

    it("also from outside of it", () => {
      const needed = other(requiring("1.0.0", ["third", "*"]));
      const third = aService({ name: "third", installers: [requiring("1.0.0", ["other", "*"])] });
      expect(circles({ installers: [requiring("1.0.0", ["other", "*"])] }, needed, third)[0]).toBe(
        circle("1.0.0", "demo 1.0.0", "other 1.0.0", "third 1.0.0", "other 1.0.0"),
      );
    });

    it("and none where one version can be the first", () => {
      const versions = [requiring("1.0.0", ["other", "*"]), requiring("1.1.0", ["other", ">=1.1"])];
      expect(circles({ installers: versions }, other(anInstaller("1.0.0"), requiring("1.1.0", ["demo", ">=1"])))).toEqual([]);
    });

    it("nor in what no version of the catalog meets, or what is another catalog's", () => {
      expect(circles({ installers: [requiring("1.0.0", ["other", ">=9"], ["elsewhere", "*"])] }, other(anInstaller("1.0.0")))).toEqual([]);
    });

    it("nor where a catalog that it is added to breaks it", () => {
      const own = { services: [aService({ installers: [requiring("1.0.0", ["other", "*"])] }), other(requiring("2.0.0", ["demo", "*"]))] };
      expect(lintCatalog(own).map(({ code }) => code)).toEqual(["RequirementCycle", "RequirementCycle"]);
      const base = { services: [other(anInstaller("1.0.0"))] };
      expect(lintCatalog(own, [], [base]).filter(({ code }) => code === "RequirementCycle")).toEqual([]);
    });
  });

  it("finds versions that nothing leads to or away from", () => {
    expect(lint({ installers, upgraders: [anUpgrader("up", "1.0.0", "1.2.0")] })).toEqual([
      "warning DeadEndVersion demo/installers/1.1.0.yaml: no upgrader leads from 1.1.0 to a higher version",
      "warning UnreachableVersion demo/installers/1.1.0.yaml: no upgrader leads to 1.1.0: it can only be installed anew",
    ]);
  });

  it("does not miss a way to a retracted version, only one away from it", () => {
    const retracted = anInstaller("1.1.0", { retracted: { reason: "broken" } });
    const versions = [anInstaller("1.0.0"), retracted, anInstaller("1.2.0")];
    expect(lint({ installers: versions, upgraders: [anUpgrader("up", "1.0.0", "1.2.0")] })).toEqual([
      "warning DeadEndVersion demo/installers/1.1.0.yaml: no upgrader leads from 1.1.0 to a higher version",
    ]);
    expect(lint({ installers: versions, upgraders: [anUpgrader("up", "1.0.0 || 1.1.0", "1.2.0")] })).toEqual([]);
    expect(lint({ installers: [anInstaller("1.0.0"), retracted] })).toEqual([]);
  });

  it("finds upgraders that overlap, and says which one is taken", () => {
    expect(lint({ installers, upgraders: [...clean, anUpgrader("wide", "1.x", ">=1.2.0", { cost: 2 })] })).toEqual([
      "warning OverlappingUpgraders demo/upgraders/up-2.yaml: up-2 and wide overlap, for example for 1.1.0 → 1.2.0; there up-2 is taken",
    ]);
  });

  it("does not take an upgrade and a downgrade over the same ranges for an overlap", () => {
    expect(lint({ installers, upgraders: [anUpgrader("up", "1.x", "1.x"), aDowngrader("down", "1.x", "1.x")] })).toEqual([]);
  });

  it("finds ranges that reach the other direction", () => {
    expect(lint({ installers, upgraders: [anUpgrader("up", "<1.2", ">=1.0 <1.3"), anUpgrader("up-3", "1.2.0", "1.0.0")] })).toEqual([
      "error OtherDirection demo/upgraders/up-3.yaml: every step from 1.2.0 to 1.0.0 goes the other way than upgrade, for example 1.2.0 → 1.0.0",
      "warning OtherDirection demo/upgraders/up.yaml: the ranges hold steps that are no upgrade and are never taken: 1.1.0 → 1.0.0",
    ]);
  });

  it("finds ranges that no version can be in", () => {
    expect(
      lint({
        installers: [anInstaller("1.0.0", { kubernetes: ">1.30 <1.30", requires: [{ service: "x", range: ">2 <1" }] })],
        upgraders: [anUpgrader("up", ">2 <1", "1.0.0")],
      }).filter((finding) => finding.includes("EmptyRange")),
    ).toEqual([
      "error EmptyRange demo/installers/1.0.0.yaml: /kubernetes: no version can be in >1.30 <1.30",
      "error EmptyRange demo/installers/1.0.0.yaml: /requires/0/range: no version can be in >2 <1",
      "error EmptyRange demo/upgraders/up.yaml: /from: no version can be in >2 <1",
    ]);
  });

  describe("tries the examples", () => {
    const config = { type: "object", properties: { replicas: { type: "integer" }, host: { type: "string" } } };

    it("against the schema", () => {
      expect(lint({ config, examples: [{ replicas: 1 }, { replicas: "one" }] })).toEqual([
        'error InvalidExample demo/service.yaml: example 2: /replicas: expected integer, found "one"',
      ]);
    });

    it("with every mapping", () => {
      const versions = [anInstaller("1.0.0", { values: { url: "https://${config.host}" } })];
      expect(lint({ config, installers: versions, examples: [{ host: "a" }, {}, { replicas: 1 }] })).toEqual([
        "error MappingFails demo/installers/1.0.0.yaml: example 2: mapping of 1.0.0: /url: there is no such key: `config.host`",
      ]);
      expect(lint({ config, installers: versions })).toEqual([
        "error MappingFails demo/installers/1.0.0.yaml: an empty config: mapping of 1.0.0: /url: there is no such key: `config.host`",
      ]);
    });

    it("with the schema of the values", () => {
      const versions = [
        anInstaller("1.0.0", {
          values: { replicas: "${config.replicas}" },
          valuesSchema: { properties: { replicas: { type: "string" } } },
        }),
      ];
      expect(lint({ config, installers: versions, examples: [{ replicas: 1 }] })).toEqual([
        "error MappingFails demo/installers/1.0.0.yaml: example 1: values of 1.0.0: /replicas: expected string, found a number",
      ]);
    });

    it("with secrets that have all of their keys", () => {
      const secrets = [{ name: "db", description: "", keys: ["password"], optional: false }];
      const version = (key: string): Installer => anInstaller("1.0.0", { values: { password: `\${secrets.db.${key}}` } });
      expect(lint({ secrets, installers: [version("password")] })).toEqual([]);
      expect(lint({ secrets, installers: [version("user")] })).toHaveLength(1);
    });

    it("with every manifest", () => {
      const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { x: "${values.x + 1}" } };
      const versions = [
        anInstaller("1.0.0", { defaults: { x: "text" }, deployer: { type: "manifests", objects: [{ source: "cm.yaml#1", object }] } }),
      ];
      expect(lint({ installers: versions })).toEqual([
        "error ManifestFails demo/installers/1.0.0.yaml: an empty config: cm.yaml#1: /data/x: the operator does not take values of these types: `values.x + 1`",
      ]);
    });

    it.each<[string, Hook]>([
      ["a job", { name: "h", timeoutSeconds: 1, action: "job", job: { spec: { template: "${values.none}" } } }],
      [
        "a patch",
        {
          name: "h",
          timeoutSeconds: 1,
          action: "patch",
          target: { apiVersion: "v1", kind: "Secret", name: "a" },
          type: "merge",
          patch: { a: "${values.none}" },
        },
      ],
      [
        "a target",
        {
          name: "h",
          timeoutSeconds: 1,
          action: "scale",
          target: { apiVersion: "v1", kind: "Deployment", name: "${values.none}" },
          replicas: 0,
        },
      ],
      [
        "labels",
        {
          name: "h",
          timeoutSeconds: 1,
          action: "delete",
          target: { apiVersion: "v1", kind: "Pod", labels: { a: "${values.none}" } },
          propagation: "Background",
        },
      ],
      [
        "an object",
        {
          name: "h",
          timeoutSeconds: 1,
          action: "apply",
          objects: [{ source: "x.yaml#1", object: { apiVersion: "v1", kind: "Secret", metadata: { name: "${values.none}" } } }],
        },
      ],
    ])("with every hook: %s", (_name, hook) => {
      const findings = lint({
        installers,
        upgraders: [anUpgrader("up", "1.0.0", "1.1.0", { before: [hook] }), anUpgrader("up-2", "1.1.0", "1.2.0", { after: [hook] })],
      });
      expect(findings).toHaveLength(2);
      expect(findings[1]).toMatch(
        /^error ManifestFails demo\/upgraders\/up\.yaml: hook h, an empty config, to 1\.1\.0: .*there is no such key: `values\.none`$/,
      );
    });
  });

  it("finds the same object twice in one version", () => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" } };
    const objects = [
      { source: "a.yaml#1", object },
      { source: "b.yaml#1", object: { ...object, data: {} } },
    ];
    expect(lint({ installers: [anInstaller("1.0.0", { deployer: { type: "manifests", objects } })] })).toEqual([
      "error DuplicateObject demo/installers/1.0.0.yaml: v1 ConfigMap b a is there more than once: a.yaml#1, b.yaml#1",
    ]);
  });

  it("finds downgrades over a change of a CustomResourceDefinition", () => {
    const withDefinition = (version: string, stored: string): Installer =>
      anInstaller(version, {
        deployer: {
          type: "manifests",
          objects: [
            {
              source: "crd.yaml#1",
              object: {
                apiVersion: "apiextensions.k8s.io/v1",
                kind: "CustomResourceDefinition",
                metadata: { name: "things.example.org" },
                spec: { stored },
              },
            },
          ],
        },
      });
    const versions = [withDefinition("1.0.0", "v1alpha1"), withDefinition("1.1.0", "v1"), withDefinition("1.2.0", "v1")];
    expect(
      lint({
        installers: versions,
        upgraders: [...clean, aDowngrader("down-1", "1.1.0", "1.0.0"), aDowngrader("down-2", "1.2.0", "1.1.0")],
      }),
    ).toEqual([
      "warning DowngradesCrd demo/upgraders/down-1.yaml: the downgrade 1.1.0 → 1.0.0 leaves things.example.org as the newer version has it: definitions are never taken back",
    ]);
  });

  it("finds different risks under one id, and leaves one risk of several upgraders alone", () => {
    const risk = { id: "untested", message: "never tested with 2", url: "https://example.org/notes", when: "cluster.kubernetes.minor > 2" };
    const risks = (...each: readonly Risk[]): readonly string[] => {
      const upgraders = each.map((one, index) =>
        anUpgrader(`up-${index + 1}`, `1.${index}.0`, `1.${index + 1}.0`, { risks: [{ id: "any", message: "m" }, one] }),
      );
      return lint({ installers, upgraders });
    };
    expect(risks(risk, { ...risk })).toEqual([]);
    expect(risks(risk, { ...risk, id: "untested-3", message: "never tested with 3" })).toEqual([]);
    const told = [
      "warning SharedRiskId demo/upgraders/up-1.yaml: another risk is called untested in up-2: whoever accepts one of them by its id accepts them all",
      "warning SharedRiskId demo/upgraders/up-2.yaml: another risk is called untested in up-1: whoever accepts one of them by its id accepts them all",
    ];
    expect(risks(risk, { ...risk, message: "never tested with 3" })).toEqual(told);
    expect(risks(risk, { ...risk, url: "https://example.org/other" })).toEqual(told);
    expect(risks(risk, { ...risk, when: "cluster.kubernetes.minor > 3" })).toEqual(told);
    expect(risks(risk, { id: risk.id, message: risk.message, url: risk.url })).toEqual(told);
  });

  it("finds charts without a digest", () => {
    const chart = (version: string, digest: object): Installer =>
      anInstaller(version, {
        deployer: { type: "helm", chart: "https://charts.example.org/demo", chartVersion: `v${version}`, ...digest },
      });
    expect(
      lint({ installers: [chart("1.0.0", {}), chart("1.1.0", { digest: `sha256:${"0".repeat(64)}` })], upgraders: clean.slice(0, 1) }),
    ).toEqual([
      "warning UnpinnedChart demo/installers/1.0.0.yaml: the chart of 1.0.0 has no digest: a cluster must pin it itself, or accept unpinned charts",
    ]);
  });
});
