import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { json, portolan, REPOSITORY, start } from "./portolan.ts";

const EXAMPLES = "examples/catalog";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-cli-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes files below the test's folder; gives the folder. */
async function files(contents: { readonly [path: string]: string }): Promise<string> {
  for (const [path, text] of Object.entries(contents)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return folder;
}

async function examples(changed: { readonly [path: string]: string } = {}): Promise<string> {
  await cp(join(REPOSITORY, EXAMPLES), folder, { recursive: true });
  return await files(changed);
}

const SERVICE =
  "name: dns\nexamples: [{replicas: 2}]\ntitle: DNS\ndescription: Names.\nscope: Cluster\nconfig: {type: object, properties: {replicas: {type: integer}}}\n";
const installer = (version: string, more = ""): string =>
  `version: ${version}\ndeployer: {type: helm, chart: "oci://example.org/dns", chartVersion: ${version}, digest: "sha256:${"0".repeat(64)}"}\nvalues: {count: "\${config.replicas}", where: "\${cluster.name}"}\n${more}`;

/** 1.0.0 → 2.0.0, with everything that a cluster can decide. */
const DNS = {
  "dns/service.yaml": SERVICE,
  "dns/installers/1.0.0.yaml": installer("1.0.0"),
  "dns/installers/2.0.0.yaml": installer(
    "2.0.0",
    'kubernetes: ">=1.30"\nrequires: [{service: logs, range: ">=1"}]\nretracted: {reason: loses records}\n',
  ),
  "dns/installers/3.0.0.yaml": installer("3.0.0", 'kubernetes: ">=1.30"\n'),
  "dns/upgraders/to-2.yaml": 'name: to-2\ndirection: upgrade\nfrom: ">=1 <2"\nto: ">=2 <3"\n',
  "dns/upgraders/to-3.yaml":
    'name: to-3\ndirection: upgrade\nfrom: ">=1 <2"\nto: ">=3 <4"\ncost: 5\nirreversible: true\nrisks: [{id: many, message: slow for many, when: config.replicas > 3}]\n',
};

describe("portolan catalog plan", () => {
  it("gives the steps as JSON, with exactly the keys that are documented", async () => {
    const result = await portolan(["catalog", "plan", EXAMPLES, "certificates", "0.12.0", "0.14.0", "-o", "json"]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(json(result)).toEqual({
      reachable: true,
      steps: [
        { from: "0.12.0", to: "0.13.0", upgrader: "to-0-13", disruptive: false, irreversible: false },
        { from: "0.13.0", to: "0.14.0", upgrader: "to-0-14", disruptive: true, irreversible: false },
      ],
      cost: 2,
      risks: [],
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      reasons: [],
    });
  });

  it.each(["none", "-"])("plans an installation from %s", async (from) => {
    const result = await portolan(["catalog", "plan", EXAMPLES, "certificates", from, "0.13.0", "-o", "json"]);
    expect(result.code).toBe(0);
    expect(json(result)).toMatchObject({ reachable: true, steps: [{ from: null, to: "0.13.0", upgrader: null }] });
  });

  it("gives the way down where there is one, and says why where there is none", async () => {
    expect(json(await portolan(["catalog", "plan", EXAMPLES, "certificates", "0.13.0", "0.12.0", "-o", "json"]))).toMatchObject({
      reachable: true,
      steps: [{ upgrader: "back-to-0-12" }],
    });
    const unreachable = await portolan(["catalog", "plan", EXAMPLES, "certificates", "0.14.0", "0.12.0", "-o", "json"]);
    expect(unreachable).toMatchObject({ code: 1, stderr: "" });
    expect(json(unreachable)).toEqual({
      reachable: false,
      steps: [],
      cost: null,
      risks: [],
      hash: null,
      reasons: [{ code: "NoRoute", message: expect.stringContaining("0.14.0") }],
    });
  });

  it("lists every reason", async () => {
    const dir = await files(DNS);
    const result = await portolan(["catalog", "plan", dir, "dns", "1.0.0", "2.0.0", "--kubernetes", "v1.29.4-gke.1", "-o", "json"]);
    expect(result.code).toBe(1);
    expect(json(result)).toMatchObject({ reasons: [{ code: "Retracted" }, { code: "KubernetesVersion" }, { code: "MissingRequirement" }] });
    const text = await portolan(["catalog", "plan", dir, "dns", "1.0.0", "2.0.0", "--kubernetes", "v1.29.4-gke.1"]);
    expect(text.stdout).toContain(
      "dns cannot go from 1.0.0 to 2.0.0:\n  Retracted: 2.0.0 was retracted: loses records\n  KubernetesVersion: ",
    );
    expect(text.stdout).toContain("\n  MissingRequirement: ");
  });

  it("says that it does not look at Kubernetes versions when it was told none", async () => {
    const dir = await files(DNS);
    const result = await portolan(["catalog", "plan", dir, "dns", "1.0.0", "3.0.0", "-o", "json"]);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain("no version of Kubernetes was given");
    const told = await portolan(["catalog", "plan", dir, "dns", "1.0.0", "3.0.0", "--kubernetes", "1.30", "-o", "json"]);
    expect(told.stderr).toBe("");
    expect(json(told)).toEqual(json(result));
    expect((await portolan(["catalog", "plan", dir, "dns", "1.0.0", "3.0.0", "--kubernetes", "1.29"])).code).toBe(1);
  });

  it("judges risks by the config, from stdin as well", async () => {
    const dir = await files({ ...DNS, "few.yaml": "replicas: 1\n" });
    const plan = (...more: string[]) => ["catalog", "plan", dir, "dns", "1.0.0", "3.0.0", "--kubernetes", "1.34", "-o", "json", ...more];
    const risks = async (args: readonly string[], input = "") => json(await portolan(args, { input }));
    expect(await risks(plan())).toMatchObject({ risks: [{ id: "many", applies: "Unknown" }], steps: [{ irreversible: true }], cost: 5 });
    expect(await risks(plan("--config", join(dir, "few.yaml")))).toMatchObject({ risks: [] });
    expect(await risks(plan("--config", "-"), '{"replicas": 9}')).toMatchObject({ risks: [{ id: "many", applies: "Applies" }] });
  });

  it("takes neighbours from the facts: they are needed, and they hold versions", async () => {
    const dir = await files({ ...DNS, "dns/installers/2.0.0.yaml": installer("2.0.0", 'requires: [{service: logs, range: ">=1"}]\n') });
    const plan = (facts: string) =>
      portolan(["catalog", "plan", dir, "dns", "1.0.0", "2.0.0", "--facts", "-", "-o", "json"], { input: facts });
    expect(json(await plan("neighbours: [{service: logs, version: 1.2.0}]"))).toMatchObject({ reachable: true });
    expect(json(await plan("neighbours: [{service: logs, version: 1.2.0, ready: false}]"))).toMatchObject({
      reasons: [{ code: "MissingRequirement" }],
    });
    const held = "neighbours: [{service: logs, version: 1.2.0, requires: [{service: dns, range: <2}]}]";
    expect(json(await plan(held))).toMatchObject({ reasons: [{ code: "BreaksDependent" }] });
  });

  it("names the service that was meant", async () => {
    const result = await portolan(["catalog", "plan", EXAMPLES, "certificats", "0.12.0", "0.13.0", "-o", "json"]);
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toBe(
      "error: the catalog in examples/catalog has no service certificats (UnknownService)\n  services: certificates, identity\n",
    );
  });

  it("names the versions that there are", async () => {
    const unknown = await portolan(["catalog", "plan", EXAMPLES, "certificates", "0.12.0", "9.9.9", "-o", "json"]);
    expect(unknown.code).toBe(1);
    expect(json(unknown)).toMatchObject({
      reachable: false,
      reasons: [{ code: "UnknownVersion", message: expect.stringContaining("0.14.0, 0.13.0, 0.12.0") }],
    });
    const noVersion = await portolan(["catalog", "plan", EXAMPLES, "certificates", "v0.12", "0.13.0"]);
    expect(noVersion).toMatchObject({ code: 1, stdout: "" });
    expect(noVersion.stderr).toBe(
      'error: "v0.12" is no semantic version such as 1.2.3 (UnknownVersion)\n  versions: 0.12.0, 0.13.0, 0.14.0\n',
    );
  });

  it("plans from an installed version that the catalog does not know, and says so", async () => {
    const result = await portolan(["catalog", "plan", EXAMPLES, "certificates", "0.12.7", "0.13.0", "-o", "json"]);
    expect(result.code).toBe(0);
    expect(json(result)).toMatchObject({ steps: [{ from: "0.12.7", to: "0.13.0" }] });
    expect(result.stderr).toContain("does not know how to install certificates 0.12.7");
  });

  it("goes on with what is left when files are broken, and names them", async () => {
    const dir = await examples({ "certificates/installers/0.15.0.yaml": "version: [\n", "identity/service.yaml": "name: 1\n" });
    const result = await portolan(["catalog", "plan", dir, "certificates", "0.12.0", "0.13.0", "-o", "json"]);
    expect(result.code).toBe(0);
    expect(json(result)).toMatchObject({ reachable: true });
    expect(result.stderr).toMatch(/^warning: certificates\/installers\/0\.15\.0\.yaml: .*\(Malformed\)\n/);
    expect(result.stderr).toContain("in other services of the catalog");
  });

  it("shows a table for people, without colours in a pipe", async () => {
    const { stdout } = await portolan(["catalog", "plan", EXAMPLES, "certificates", "0.12.0", "0.13.0"]);
    expect(stdout).toMatch(
      /^certificates: 0\.12\.0 → 0\.13\.0\nSTEP {2}FROM {4}TO {6}BY {7}DIRECTION {2}NOTES\n1 {5}0\.12\.0 {2}0\.13\.0 {2}to-0-13 {2}upgrade {4}-\ncost 1, hash [0-9a-f]{64}\n$/,
    );
  });
});

describe("what stands in files", () => {
  const plan = (...more: string[]): readonly string[] => ["catalog", "plan", EXAMPLES, "certificates", "0.12.0", "0.13.0", ...more];

  it.each([
    ["does-not-exist.yaml", "error: the facts cannot be read from does-not-exist.yaml: it does not exist (InputUnreadable)"],
    ["examples", "error: the facts cannot be read from examples: it is a folder (InputUnreadable)"],
  ])("must be there: %s", async (file, message) => {
    const result = await portolan(plan("--facts", file));
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr.trim()).toBe(message);
  });

  it.each([
    ["a: [1", "the facts in stdin: "],
    ["- 1", "expected an object, found a list"],
    [
      "labels: {a: &x [1,1,1,1,1,1,1,1,1,1], b: &y [*x,*x,*x,*x,*x,*x,*x,*x,*x,*x], c: [*y,*y,*y,*y,*y,*y,*y,*y,*y,*y]}",
      "the facts in stdin: ",
    ],
    ['{"__proto__": {"x": 1}}', "__proto__"],
  ])("must be YAML or JSON that can be accepted: %s", async (input, message) => {
    const result = await portolan(plan("--facts", "-"), { input });
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("(InvalidInput)");
    expect(result.stderr).toContain(message);
  });

  it("must be facts: an unknown one names the nearest", async () => {
    const result = await portolan(plan("--facts", "-"), { input: "kubernetes: v1.34.0\nregoin: eu\n" });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("/kubernetes: there is no such fact; did you mean kubernetesVersion?");
    expect(result.stderr).toContain("/regoin: there is no such fact; did you mean region?");
  });

  it("can stand on stdin once", async () => {
    const result = await portolan(plan("--facts", "-", "--config", "-"));
    expect(result).toMatchObject({ code: 2, stdout: "" });
  });

  it("does not matter to a flag that is wrong", async () => {
    const result = await portolan(plan("--kubernetes", "new"));
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain('found "new"');
  });
});

describe("portolan catalog render", () => {
  it("gives the objects of a version, which kubectl can take", async () => {
    const result = await portolan(["catalog", "render", EXAMPLES, "identity", "1.1.0", "--config", "-", "--name", "login"], {
      input: "hostname: login.example.org\n",
    });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain("placeholders stand for those of database");
    const objects = parseAllDocuments(result.stdout).map((document): unknown => document.toJS());
    expect(objects).toHaveLength(5);
    expect(objects[0]).toMatchObject({
      kind: "Secret",
      metadata: { name: "login-database" },
      stringData: { password: "<database.password>" },
    });
    expect(objects[4]).toMatchObject({ kind: "Deployment", spec: { replicas: 2 } });
  });

  it("gives them as one list in JSON, with the secrets that were given", async () => {
    const dir = await files({
      "config.json": '{"hostname": "a.example.org", "replicas": 3}',
      "secrets.yaml": "database: {password: swordfish}\n",
    });
    const inputs = ["--config", join(dir, "config.json"), "--secrets", join(dir, "secrets.yaml")];
    const result = await portolan(["catalog", "render", EXAMPLES, "identity", "1.0.0", "-o", "json", ...inputs]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(json(result)).toMatchObject({
      apiVersion: "v1",
      kind: "List",
      items: { 0: { stringData: { password: "swordfish" } }, 4: { spec: { replicas: 3 } } },
    });
  });

  it("gives the values on demand, defaults under config under overrides", async () => {
    const dir = await files({
      "config.yaml": "replicas: 2\n",
      "overrides.yaml": "global: {logLevel: debug}\nissuerEmail: null\nextra: [1]\n",
    });
    const inputs = ["--config", join(dir, "config.yaml"), "--overrides", join(dir, "overrides.yaml")];
    const result = await portolan(["catalog", "render", EXAMPLES, "certificates", "0.14.0", "--values", ...inputs]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(parse(result.stdout)).toEqual({
      webhookSelector: { "app.kubernetes.io/component": "webhook" },
      controller: { replicas: 2 },
      global: { logLevel: "debug" },
      extra: [1],
    });
  });

  it("gives the values of a chart without being asked to, with the facts of the cluster", async () => {
    const dir = await files({ ...DNS, "facts.yaml": "name: bergen\n", "config.yaml": "replicas: 4\n" });
    const args = ["catalog", "render", dir, "dns", "1.0.0", "--facts", join(dir, "facts.yaml"), "--config", join(dir, "config.yaml")];
    expect(json(await portolan([...args, "-o", "json"]))).toEqual({ count: 4, where: "bergen" });
    const manifests = await portolan([...args, "--manifests"]);
    expect(manifests).toMatchObject({ code: 1, stdout: "" });
    expect(manifests.stderr).toContain("(NoManifests)");
  });

  it("says where a config is wrong, what was expected and what was found", async () => {
    const result = await portolan(["catalog", "render", EXAMPLES, "identity", "1.0.0", "--config", "-", "-o", "json"], {
      input: "hostname: x\nreplicas: many\ncolour: red\n",
    });
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("(InvalidValues)");
    expect(result.stderr).toMatch(/\/replicas: expected .*integer.*, found .*many.*\(InvalidConfig\)/);
    expect(result.stderr).toMatch(/colour/);
  });

  it("never shows a secret in an error", async () => {
    const result = await portolan(["catalog", "render", EXAMPLES, "identity", "1.0.0", "--secrets", "-"], {
      input: "database: {password: {nested: swordfish}}\n",
    });
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("expected keys with texts in /database");
    expect(result.stderr).not.toContain("swordfish");
  });

  it("knows the versions that there are, and what a name may be", async () => {
    const unknown = await portolan(["catalog", "render", EXAMPLES, "certificates", "0.14.1"]);
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toBe("error: certificates has no version 0.14.1 (UnknownVersion)\n  versions: 0.14.0, 0.12.0, 0.13.0\n");
    const named = await portolan(["catalog", "render", EXAMPLES, "certificates", "0.14.0", "--name", "No_Label"]);
    expect(named).toMatchObject({ code: 2, stdout: "" });
    expect(named.stderr).toContain('expected a DNS label in --name (a-z, 0-9 and -, at most 63 characters), found "No_Label"');
  });
});

describe("portolan catalog lint", () => {
  it("finds nothing in the examples", async () => {
    const result = await portolan(["catalog", "lint", EXAMPLES, "-o", "json"]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(json(result)).toEqual({ findings: [], errors: 0, warnings: 0 });
  });

  it("names each broken file, and what it is that is wrong", async () => {
    const dir = await examples({
      "certificates/installers/0.15.0.yaml": "version: [\n",
      "certificates/upgraders/to-0-13.yaml": 'name: to-0-13\ndirection: sideways\nfrom: "0.12.0"\nto: "0.13.0"\n',
      "identity/upgraders/to-1-1.yaml": 'name: to-1-1\ndirection: upgrade\nfrom: "one"\nto: "1.1.0"\n',
    });
    const result = await portolan(["catalog", "lint", dir, "-o", "json"]);
    expect(result).toMatchObject({ code: 1, stderr: "" });
    expect(json(result)).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({
          severity: "error",
          file: "certificates/installers/0.15.0.yaml",
          code: "Malformed",
          message: expect.any(String),
        }),
        expect.objectContaining({ severity: "error", file: "certificates/upgraders/to-0-13.yaml", code: "InvalidField" }),
        expect.objectContaining({ severity: "error", file: "identity/upgraders/to-1-1.yaml", code: "InvalidRange" }),
      ]),
    });
    const text = await portolan(["catalog", "lint", dir]);
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^SEVERITY {2}FILE +CODE +MESSAGE\nerror +certificates\/installers\/0\.15\.0\.yaml +Malformed/);
    expect(text.stderr).toMatch(/^3 errors, \d+ warnings? in /);
  });

  it("does not fail by warnings", async () => {
    const dir = await files({
      "dns/service.yaml": SERVICE,
      "dns/installers/1.0.0.yaml": installer("1.0.0"),
      "dns/installers/2.0.0.yaml": installer("2.0.0"),
    });
    const result = await portolan(["catalog", "lint", dir, "-o", "json"]);
    expect(result.code).toBe(0);
    expect(json(result)).toMatchObject({
      errors: 0,
      findings: expect.arrayContaining([expect.objectContaining({ severity: "warning", code: "UnreachableVersion" })]),
    });
  });

  it.each([
    ["no/such/folder", "error: the folder no/such/folder does not exist (InputUnreadable)"],
    ["package.json", "error: package.json is no folder; expected the folder that holds a folder for each service (InputUnreadable)"],
  ])("needs a folder: %s", async (dir, message) => {
    const result = await portolan(["catalog", "lint", dir]);
    expect(result).toMatchObject({ code: 1, stdout: "", stderr: `${message}\n` });
  });
});

describe("the command line", () => {
  it("shows its commands and its exit codes", async () => {
    const { code, stdout, stderr } = await portolan(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const command of ["get", "plan", "upgrade", "downgrade", "apply", "rollout", "catalog"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, "m"));
    }
    expect(stdout).toContain("Exit codes: 0 done, 1 failed");
  });

  it("shows its version", async () => {
    expect(await portolan(["--version"])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });

  it.each([
    [["gett"], "Did you mean get?"],
    [["get", "clustrs"], "Did you mean clusters?"],
    [["get", "clusters", "--outptu", "json"], "Did you mean --output?"],
    [["get", "clusters", "-o", "xml"], "Allowed choices are table, wide, json, yaml, name."],
    [["catalog", "plan", EXAMPLES, "certificates"], "missing required argument 'from'"],
    [["catalog", "plan", EXAMPLES, "a", "b", "c", "d"], "too many arguments"],
    [["upgrade", "a", "1.0.0", "--max-concurrent", "0"], "Expected a whole number from 1 on."],
    [["upgrade", "a", "1.0.0", "--timeout", "soon"], "Expected a duration such as 90s, 10m or 1h30m."],
    [["catalog", "publish", EXAMPLES], "required option '--name <name>' not specified"],
    [["catalog", "render", EXAMPLES, "a", "1.0.0", "--values", "--manifests"], "cannot be used with"],
    [[], "Usage: portolan"],
  ])("helps with %j, and ends with 2", async (args, message) => {
    const result = await portolan(args);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(message);
  });
});

describe("the process", () => {
  it("reads stdin, prints a document on stdout, and ends with the command's code", async () => {
    const args = ["catalog", "plan", EXAMPLES, "certificates", "0.14.0", "0.12.0", "--facts", "-", "-o", "json"];
    const result = await start(args, { input: "kubernetesVersion: v1.34.0\n" }).ended;
    expect(result).toMatchObject({ code: 1, stderr: "" });
    expect(json(result)).toMatchObject({ reachable: false });
  });

  it("has no colours in a pipe", async () => {
    const result = await start(["catalog", "plan", EXAMPLES, "certificates", "0.12.0", "0.14.0"]).ended;
    expect(result.code).toBe(0);
    expect(result.stdout).toContain("disruptive");
    expect(result.stdout).not.toContain("\u001B");
  });
});

describe("portolan catalog rbac", () => {
  const kinds = (text: string): readonly string[] =>
    parseAllDocuments(text).map((document) => {
      const { kind, metadata }: { readonly kind: string; readonly metadata: { readonly namespace?: string } } = document.toJS();
      return `${kind} ${metadata.namespace ?? ""}`;
    });

  it("prints the roles of an account, and those of the agent", async () => {
    const account = await portolan(["catalog", "rbac", EXAMPLES, "certificates", "--account=keeper", "-n", "certs"]);
    expect(account).toMatchObject({ code: 0, stderr: "" });
    expect(kinds(account.stdout)).toEqual(["ServiceAccount certs", "Role certs", "RoleBinding certs"]);
    const agent = await portolan(["catalog", "rbac", EXAMPLES]);
    expect(agent).toMatchObject({ code: 0, stderr: "" });
    expect(kinds(agent.stdout)).toEqual([
      "ServiceAccount portolan-system",
      "ClusterRole ",
      "ClusterRoleBinding ",
      "Role portolan-system",
      "RoleBinding portolan-system",
    ]);
    expect(agent.stdout).toContain("impersonate");
    expect((await portolan(["catalog", "rbac", EXAMPLES, "--own-rights"])).stdout).not.toContain("impersonate");
  });

  it("says what is missing: a service, a config, or helm", async () => {
    expect(await portolan(["catalog", "rbac", EXAMPLES, "--account=keeper"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected the service whose instances name the account"),
    });
    const dir = await files({
      ...DNS,
      "dns/service.yaml": SERVICE.replace("examples: [{replicas: 2}]\n", "").replace("properties:", "required: [replicas], properties:"),
    });
    expect(await portolan(["catalog", "rbac", dir, "dns"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("give one with --config"),
    });
    await files(DNS);
    expect(await portolan(["catalog", "rbac", dir, "dns", "--helm=/nowhere/helm"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\/nowhere\/helm cannot be started[\s\S]*--helm/u),
    });
  });
});
