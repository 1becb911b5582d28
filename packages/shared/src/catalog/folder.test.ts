import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadCatalogFolder } from "./mod.ts";
import type { CatalogProblem } from "./mod.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portolan-catalog-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function write(files: { readonly [file: string]: string }): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), text);
  }
}

const deployment =
  "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: demo}\nspec: {replicas: '${values.replicas}'}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: demo}\n";
const installer = "deployer: {type: manifests, manifests: [manifests/deployment.yaml]}\n";
const good = {
  "demo/service.yaml": "title: Demo\n",
  "demo/manifests/deployment.yaml": deployment,
  "demo/installers/1.0.0.yaml": installer,
  "demo/installers/1.1.0.yaml": installer,
  "demo/upgraders/minor.yaml": "direction: upgrade\nfrom: '1.0.x'\nto: '1.1.x'\n",
};

/** Loads the good catalog with some files more, and gives what was loaded of it and what is said about the others. */
async function loadWith(files: {
  readonly [file: string]: string;
}): Promise<{ loaded: readonly string[]; problems: readonly CatalogProblem[] }> {
  await write({ ...good, ...files });
  const { catalog, problems } = await loadCatalogFolder(dir);
  const loaded = catalog.services.flatMap(({ name, installers, upgraders }) => [
    name,
    ...installers.map(({ version }) => `${name} ${version}`),
    ...upgraders.map((upgrader) => `${name} ${upgrader.name}`),
  ]);
  return { loaded, problems };
}

const ALL = ["demo", "demo 1.0.0", "demo 1.1.0", "demo minor"];

describe("loadCatalogFolder", () => {
  it("reads a service with its versions, upgraders and manifests", async () => {
    await write(good);
    const { catalog, problems } = await loadCatalogFolder(dir);
    expect(problems).toEqual([]);
    expect(catalog.services).toHaveLength(1);
    expect(catalog.services[0]).toMatchObject({
      name: "demo",
      title: "Demo",
      scope: "Cluster",
      installers: [
        {
          version: "1.0.0",
          deployer: {
            type: "manifests",
            objects: [
              { source: "manifests/deployment.yaml#1", object: { kind: "Deployment", spec: { replicas: "${values.replicas}" } } },
              { source: "manifests/deployment.yaml#2", object: { kind: "Service" } },
            ],
          },
        },
        { version: "1.1.0" },
      ],
      upgraders: [
        { name: "minor", direction: "upgrade", cost: 1, before: [], after: [], disruptive: false, irreversible: false, risks: [] },
      ],
    });
  });

  it("reads what versions share from files: mappings, defaults, schemas of values and health checks", async () => {
    await write({
      ...good,
      "demo/shared/values.yaml": "replicas: ${config.replicas}\n",
      "demo/shared/defaults.yaml": "replicas: 1\n",
      "demo/shared/schema.yaml": "type: object\n",
      "demo/shared/health.yaml":
        "- object: {apiVersion: v1, kind: Service, name: demo}\n  expression: object != null\n  message: no service\n",
      "demo/installers/1.1.0.yaml": `${installer}values: shared/values.yaml\ndefaults: shared/defaults.yaml\nvaluesSchema: shared/schema.yaml\nhealth: shared/health.yaml\n`,
      "demo/installers/1.2.0.yaml": `${installer}values: shared/values.yaml\n`,
    });
    const { catalog, problems } = await loadCatalogFolder(dir);
    expect(problems).toEqual([]);
    const shared = { values: { replicas: "${config.replicas}" } };
    expect(catalog.services[0]?.installers).toMatchObject([
      { version: "1.0.0", values: {} },
      { version: "1.1.0", ...shared, defaults: { replicas: 1 }, valuesSchema: { type: "object" }, health: [{ message: "no service" }] },
      { version: "1.2.0", ...shared },
    ]);
  });

  it("names the version whose shared file is not there", async () => {
    const { loaded, problems } = await loadWith({ "demo/installers/1.2.0.yaml": `${installer}values: shared/none.yaml\n` });
    expect(loaded).toEqual(ALL);
    expect(problems).toMatchObject([{ code: "InvalidFile", file: "demo/installers/1.2.0.yaml" }]);
  });

  it("reads manifests with conditions, inline objects, and the manifests of hooks", async () => {
    await write({
      ...good,
      "demo/job.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: backup}\nspec: {template: {spec: {}}}\n",
      "demo/installers/1.2.0.yaml":
        "deployer: {type: manifests, manifests: [{file: manifests/deployment.yaml, when: 'config.on'}], objects: [{apiVersion: v1, kind: Secret, metadata: {name: s}}]}",
      "demo/upgraders/next.yaml":
        "direction: upgrade\nfrom: '1.1.x'\nto: '1.2.x'\nbefore:\n- {name: backup, action: job, job: job.yaml}\n- {name: config, action: apply, manifests: [manifests/deployment.yaml]}\nafter:\n- {name: migrate, timeoutSeconds: 9, action: job, job: {spec: {template: {}}}}\n",
    });
    const { catalog, problems } = await loadCatalogFolder(dir);
    expect(problems).toEqual([]);
    expect(catalog.services[0]?.installers[2]?.deployer).toMatchObject({
      objects: [
        { source: "manifests/deployment.yaml#1", when: "config.on" },
        { source: "manifests/deployment.yaml#2", when: "config.on" },
        { source: "installers/1.2.0.yaml#/deployer/objects/0", object: { kind: "Secret" } },
      ],
    });
    expect(catalog.services[0]?.upgraders[1]).toMatchObject({
      before: [
        { name: "backup", timeoutSeconds: 300, action: "job", job: { metadata: { name: "backup" } } },
        {
          name: "config",
          action: "apply",
          objects: [{ source: "manifests/deployment.yaml#1" }, { source: "manifests/deployment.yaml#2" }],
        },
      ],
      after: [{ name: "migrate", timeoutSeconds: 9, job: { spec: { template: {} } } }],
    });
  });

  it.each<
    [
      string,
      { readonly [file: string]: string },
      readonly { readonly code: string; readonly file: string; readonly path?: string; readonly message: unknown }[],
    ]
  >([
    [
      "YAML with a mistake",
      { "demo/installers/1.2.0.yaml": "deployer: [" },
      [{ code: "Malformed", file: "demo/installers/1.2.0.yaml", message: expect.stringMatching(/^line 1, column/) }],
    ],
    [
      "a version that is none",
      { "demo/installers/v1.yaml": installer },
      [
        {
          code: "InvalidVersion",
          file: "demo/installers/v1.yaml",
          path: "/version",
          message: '/version: expected a semantic version such as 1.2.3, without a leading v, found "v1"',
        },
      ],
    ],
    [
      "a version that contradicts the file's name",
      { "demo/installers/1.2.0.yaml": `version: 1.3.0\n${installer}` },
      [
        {
          code: "InvalidName",
          file: "demo/installers/1.2.0.yaml",
          path: "/version",
          message: '/version: expected "1.2.0", as the file\'s name says, found "1.3.0"',
        },
      ],
    ],
    [
      "a range that is none",
      { "demo/upgraders/bad.yaml": "direction: upgrade\nfrom: 'a lot'\nto: '1.x'\n" },
      [
        {
          code: "InvalidRange",
          file: "demo/upgraders/bad.yaml",
          path: "/from",
          message: '/from: expected a version range such as >=1.2 <1.3, found "a lot"',
        },
      ],
    ],
    [
      "an unknown field",
      { "demo/upgraders/bad.yaml": "direction: upgrade\nfrom: '1.x'\nto: '1.x'\nirreversable: true\n" },
      [{ code: "InvalidField", file: "demo/upgraders/bad.yaml", message: expect.stringContaining("irreversable") }],
    ],
    [
      "an expression that is none",
      { "demo/installers/1.2.0.yaml": `${installer}values: {a: {b: '\${config.}'}}` },
      [{ code: "InvalidExpression", file: "demo/installers/1.2.0.yaml", path: "/values/a/b", message: expect.stringContaining("config.") }],
    ],
    [
      "an expression in a manifest that is none",
      {
        "demo/bad.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: '${nobody}'}",
        "demo/installers/1.2.0.yaml": "deployer: {type: manifests, manifests: [bad.yaml]}",
      },
      [
        {
          code: "InvalidExpression",
          file: "demo/installers/1.2.0.yaml",
          path: "/deployer/objects/0/object/metadata/name",
          message: "bad.yaml#1: /deployer/objects/0/object/metadata/name: Unknown variable: nobody: `nobody`",
        },
      ],
    ],
    [
      "a manifest that is no object",
      { "demo/bad.yaml": "just text", "demo/installers/1.2.0.yaml": "deployer: {type: manifests, manifests: [bad.yaml]}" },
      [
        {
          code: "InvalidField",
          file: "demo/installers/1.2.0.yaml",
          path: "/deployer/objects/0/object",
          message: expect.stringContaining("expected an object"),
        },
      ],
    ],
    [
      "a manifest that is not there",
      { "demo/installers/1.2.0.yaml": "deployer: {type: manifests, manifests: [none.yaml]}" },
      [{ code: "InvalidFile", file: "demo/installers/1.2.0.yaml", message: "none.yaml does not exist" }],
    ],
    [
      "a manifest outside of the service's folder",
      { "secret.yaml": "a: 1", "demo/installers/1.2.0.yaml": "deployer: {type: manifests, manifests: [../secret.yaml]}" },
      [{ code: "InvalidFile", file: "demo/installers/1.2.0.yaml", message: expect.stringContaining("without ..") }],
    ],
    [
      "a manifest by an absolute name",
      { "demo/installers/1.2.0.yaml": "deployer: {type: manifests, manifests: [/etc/passwd]}" },
      [{ code: "InvalidFile", file: "demo/installers/1.2.0.yaml", message: expect.stringContaining("relative to the service's folder") }],
    ],
    [
      "a file that is too large",
      { "demo/installers/1.2.0.yaml": `# ${"x".repeat(600_000)}` },
      [{ code: "TooLarge", file: "demo/installers/1.2.0.yaml", message: expect.stringContaining("bytes") }],
    ],
    [
      "two documents where one is expected",
      { "demo/upgraders/bad.yaml": "a: 1\n---\nb: 1\n" },
      [{ code: "Malformed", file: "demo/upgraders/bad.yaml", message: "expected one YAML document, found 2" }],
    ],
    [
      "a version twice, in files with both endings",
      { "demo/installers/1.1.0.yml": installer },
      [{ code: "Duplicate", file: "demo/installers/1.1.0.yml", message: "1.1.0 is defined twice" }],
    ],
    [
      "hooks of the same name",
      {
        "demo/upgraders/bad.yaml":
          "direction: upgrade\nfrom: '1.x'\nto: '1.x'\nbefore: [{name: a, action: migrateStorage, crd: x}]\nafter: [{name: a, action: migrateStorage, crd: x}]",
      },
      [{ code: "InvalidField", file: "demo/upgraders/bad.yaml", path: "", message: expect.stringContaining("hooks must differ") }],
    ],
    [
      "an unknown action",
      { "demo/upgraders/bad.yaml": "direction: upgrade\nfrom: '1.x'\nto: '1.x'\nbefore: [{name: a, action: explode}]" },
      [{ code: "InvalidField", file: "demo/upgraders/bad.yaml", path: "/before/0/action", message: expect.stringContaining("explode") }],
    ],
    [
      "a delete of everything",
      {
        "demo/upgraders/bad.yaml":
          "direction: upgrade\nfrom: '1.x'\nto: '1.x'\nbefore: [{name: a, action: delete, target: {apiVersion: v1, kind: Pod, labels: {}}}]",
      },
      [
        {
          code: "InvalidField",
          file: "demo/upgraders/bad.yaml",
          path: "/before/0/target",
          message: expect.stringContaining("labels must not be empty"),
        },
      ],
    ],
    [
      "another service whose name is none",
      { "Bad_Name/service.yaml": "title: x" },
      [{ code: "InvalidName", file: "Bad_Name", message: expect.stringContaining("DNS-1123") }],
    ],
    [
      "another service without its own file",
      { "other/installers/1.0.0.yaml": "deployer: {type: manifests, objects: []}" },
      [{ code: "InvalidFile", file: "other/service.yaml", message: "service.yaml does not exist" }],
    ],
    [
      "another service with a broken schema",
      { "other/service.yaml": "config: {type: objekt}" },
      [{ code: "InvalidSchema", file: "other/service.yaml", path: "/config", message: expect.stringContaining("no valid JSON Schema") }],
    ],
  ])("names %s, and loads everything else", async (_name, files, problems) => {
    const result = await loadWith(files);
    expect(result.problems).toEqual(problems.map((problem) => expect.objectContaining(problem)));
    expect(result.problems).toHaveLength(problems.length);
    expect(result.loaded).toEqual(ALL);
  });

  it("follows links inside of the catalog, as a mounted ConfigMap has them, and none out of it", async () => {
    await write({ "..data/minor.yaml": "direction: upgrade\nfrom: '1.1.x'\nto: '1.0.x'\n" });
    await write(good);
    await symlink(join(dir, "..data/minor.yaml"), join(dir, "demo/upgraders/linked.yaml"));
    await symlink("/etc/hostname", join(dir, "demo/upgraders/outside.yaml"));
    await symlink("/dev/zero", join(dir, "demo/upgraders/zero.yaml"));
    const { loaded, problems } = await loadWith({});
    expect(loaded).toEqual(["demo", "demo 1.0.0", "demo 1.1.0", "demo linked", "demo minor"]);
    expect(problems).toEqual([
      { code: "InvalidFile", file: "demo/upgraders/outside.yaml", message: "upgraders/outside.yaml leads out of the catalog" },
      { code: "InvalidFile", file: "demo/upgraders/zero.yaml", message: "upgraders/zero.yaml leads out of the catalog" },
    ]);
  });

  it("names a file that is not UTF-8 or not a file", async () => {
    await write(good);
    await writeFile(join(dir, "demo/installers/1.2.0.yaml"), new Uint8Array([0xff, 0xfe, 0x61]));
    await mkdir(join(dir, "demo/installers/1.3.0.yaml"));
    const { loaded, problems } = await loadWith({});
    expect(loaded).toEqual(ALL);
    expect(problems.map(({ code, file }) => [code, file])).toEqual([
      ["Malformed", "demo/installers/1.2.0.yaml"],
      ["InvalidFile", "demo/installers/1.3.0.yaml"],
    ]);
  });

  it("says so when the folder is not there", async () => {
    const { catalog, problems } = await loadCatalogFolder(join(dir, "nothing"));
    expect(catalog.services).toEqual([]);
    expect(problems).toEqual([{ code: "Unreadable", file: ".", message: "the catalog's folder cannot be read: ENOENT" }]);
  });

  it("names a file that cannot be opened", async () => {
    await write(good);
    // A link to itself: permissions would not keep root from opening a file.
    await symlink("1.2.0.yaml", join(dir, "demo/installers/1.2.0.yaml"));
    expect((await loadWith({})).problems).toMatchObject([
      { code: "Unreadable", file: "demo/installers/1.2.0.yaml", message: expect.stringContaining("ELOOP") },
    ]);
  });
});
