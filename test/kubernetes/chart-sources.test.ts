import { appendFile, cp, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceInstance } from "@portolan/agent/resources";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AgentRights } from "../testbed/fleet/agent-rights.ts";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { instance, runs } from "../testbed/fleet/ledger.ts";
import { generatedRoles } from "../testbed/fleet/generated-roles.ts";
import { REPOSITORY } from "../testbed/fleet/repository.ts";
import { runCommand } from "@portolan/simulator/program-cache";
import { startChartServer, type ChartServer } from "../testbed/helm/chart-server.ts";
import { startForwardProxy, type ForwardProxy } from "../testbed/helm/forward-proxy.ts";
import { packageChart, writeService, type Packaged } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";

/** Where the catalog says that the charts are; a cluster without a way there has mirrors. */
const PUBLIC = { oci: "oci://charts.example.org/team/beacon", repository: "https://charts.example.org/stable#beacon" };
/** A registry without TLS, whose charts nobody has pinned. */
const PLAIN = "oci://plain.example.org/team/beacon";
/** Known to the proxy alone, and named in the server's certificate. */
const PROXIED = "kubernetes.default.svc";

describeHelm("charts of private registries and repositories", (helm) => {
  let dir: string;
  let etcd: Etcd;
  /** Its certificate is that of the registry, too. */
  let certified: ControlPlane;
  let charts: ChartServer;
  let plain: ChartServer;
  let proxy: ForwardProxy;
  let cluster: Cluster;
  let rights: AgentRights;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-chart-sources-"));
    const [archives, catalog] = [join(dir, "archives"), join(dir, "catalog")];
    await Promise.all([mkdir(archives), mkdir(catalog)]);
    const packaged: Packaged[] = [];
    for (const version of ["1.0.0", "1.1.0"]) packaged.push(await packageChart(helm(), { folder: "beacon", version, into: archives }));
    const versions = (chart: string) =>
      packaged.map(({ version, digest }) => ({ version, deployer: { type: "helm", chart, chartVersion: version, digest } }));
    const missing = {
      version: "9.0.0",
      deployer: { type: "helm", chart: PUBLIC.oci, chartVersion: "9.0.0", digest: `sha256:${"0".repeat(64)}` },
    };
    await writeService(catalog, { name: "oci", config: { type: "object" } }, [...versions(PUBLIC.oci), missing]);
    const unpinned = packaged.map(({ version }) => ({ version, deployer: { type: "helm", chart: PLAIN, chartVersion: version } }));
    await writeService(catalog, { name: "plain", config: { type: "object" } }, unpinned);
    await writeService(catalog, { name: "proxied", config: { type: "object" } }, versions(`https://${PROXIED}/stable#beacon`));
    await writeService(catalog, { name: "repository", config: { type: "object" } }, versions(PUBLIC.repository));
    const archived = packaged.map(({ version, digest }) => {
      const chart = `https://charts.example.org/stable/beacon-${version}.tgz`;
      return { version, deployer: { type: "helm", chart, chartVersion: version, digest } };
    });
    await writeService(catalog, { name: "archived", config: { type: "object" } }, archived);
    await cp(join(REPOSITORY, "test/fixtures/charts/beacon"), join(dir, "unpacked", "beacon"), { recursive: true });
    const folder = { type: "helm", chart: "unpacked#beacon" };
    await writeService(catalog, { name: "unpacked", config: { type: "object" } }, [
      { version: "1.0.0", deployer: { ...folder, chartVersion: "1.0.0", digest: await digestOfUnpacked("beacon") } },
      { version: "1.0.1", deployer: { ...folder, chartVersion: "1.0.0" } },
      { version: "1.1.0", deployer: { ...folder, chartVersion: "1.1.0" } },
    ]);
    // All services are of one chart; one of them can be rendered without a credential or a server.
    await cp(join(catalog, "unpacked"), join(dir, "readable", "unpacked"), { recursive: true });
    await rm(join(dir, "readable/unpacked/installers/1.1.0.yaml"));
    rights = { catalog: join(dir, "readable"), args: [`--helm=${helm()}`, `--chart-folder=${dir}`, "--allow-unpinned-charts"] };
    etcd = await startEtcd();
    certified = await startControlPlane({ name: "certified", etcd });
    charts = await startChartServer(certified, "beacon", packaged);
    plain = await startChartServer(undefined, "beacon", packaged);
    proxy = await startForwardProxy({ [PROXIED]: charts.host });
    const ca = join(dir, "ca.pem");
    await writeFile(ca, certified.caCertificate);
    cluster = await startCluster({
      name: "sources",
      etcd,
      catalog,
      dir,
      args: [
        `--helm=${helm()}`,
        `--chart-cache=${join(dir, "cache")}`,
        `--chart-ca=${ca}`,
        `--chart-mirror=oci://charts.example.org=oci://${charts.host}`,
        `--chart-mirror=https://charts.example.org=https://${charts.host}`,
        `--chart-mirror=oci://plain.example.org=oci://${plain.host}`,
        `--chart-plain-http=${plain.host}`,
        "--allow-unpinned-charts",
        `--chart-folder=${dir}`,
      ],
      env: { HTTPS_PROXY: proxy.url },
      rights,
    });
  });

  /** Of a chart of the fixtures, packaged by helm from files that are as old as files can be. */
  const digestOfUnpacked = async (folder: string): Promise<string> => {
    const copy = join(dir, "old", folder);
    await cp(join(REPOSITORY, "test/fixtures/charts", folder), copy, { recursive: true });
    const files = (await readdir(copy, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    for (const { parentPath, name } of files) await utimes(join(parentPath, name), 0, 0);
    return (await packageChart(helm(), { folder: copy, version: "1.0.0", into: join(dir, "old") })).digest;
  };

  afterAll(async () => {
    await cluster.stop();
    charts.stop();
    plain.stop();
    proxy.stop();
    await certified.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  const wish = async (namespace: string, service: string, version: string): Promise<void> => {
    await cluster.kubectl(["create", "namespace", namespace]);
    await cluster.kubectl(["apply", "--server-side", "-f", "-"], instance(`${namespace}/beacon`, { service, version }));
  };
  const reach = (namespace: string, version: string) =>
    cluster.instances.until(`${namespace}/beacon`, `runs ${version}`, (found) => runs(version)(found));
  const retry = async (namespace: string, token: string): Promise<void> => {
    await cluster.kubectl(["annotate", "si/beacon", `--namespace=${namespace}`, `portolan.dev/retry=${token}`, "--overwrite"]);
  };
  const untilStalled = async (namespace: string, reason: string): Promise<string> => {
    const stalled = ({ status }: ServiceInstance) =>
      status?.conditions?.find(({ type, status: value }) => type === "Stalled" && value === "True");
    const found = await cluster.instances.until(`${namespace}/beacon`, `rests for ${reason}`, (each) => stalled(each)?.reason === reason);
    return stalled(found)?.message ?? "";
  };
  const secret = async (name: string, type: string, stringData: object, annotations: object = {}): Promise<void> => {
    const labels = { "portolan.dev/chart-credentials": "" };
    const metadata = { namespace: "portolan-system", name, labels, annotations };
    await cluster.kubectl(["apply", "--server-side", "-f", "-"], { apiVersion: "v1", kind: "Secret", type, metadata, stringData });
  };

  it("are not given to an agent without credentials, which says where they belong; and are pulled once with them", async () => {
    await wish("first", "oci", "1.0.0");
    expect(await untilStalled("first", "ChartAccessDenied")).toContain("portolan.dev/chart-credentials");
    await wish("second", "repository", "1.1.0");
    expect(await untilStalled("second", "ChartAccessDenied")).toContain("portolan.dev/chart-credentials");
    const auth = Buffer.from(`${charts.user}:${charts.password}`).toString("base64");
    await secret("registry", "kubernetes.io/dockerconfigjson", {
      ".dockerconfigjson": JSON.stringify({ auths: { [charts.host]: { auth } } }),
    });
    const url = { "portolan.dev/chart-url": `https://${charts.host}/stable` };
    await secret("repository", "kubernetes.io/basic-auth", { username: charts.user, password: charts.password }, url);
    await Promise.all(["first", "second"].map((namespace) => retry(namespace, "credentials")));
    await reach("first", "1.0.0");
    await reach("second", "1.1.0");
    expect(charts.given).toHaveLength(2);
    expect(await cluster.agent.logTail()).not.toContain(charts.password);
  });

  it("are given to a person who has logged in with helm, for the roles that they need", async () => {
    const home = join(dir, "home");
    const env = {
      HOME: home,
      XDG_CACHE_HOME: join(home, "cache"),
      HELM_CONFIG_HOME: join(home, "helm"),
      HELM_CACHE_HOME: join(home, "index"),
    };
    const ca = `--ca-file=${join(dir, "ca.pem")}`;
    const login = [`--username=${charts.user}`, `--password=${charts.password}`];
    const rolesOf = async (service: string) =>
      await runCommand(
        process.execPath,
        [
          join(REPOSITORY, "packages/cli/src/main.ts"),
          "catalog",
          "rbac",
          join(dir, "catalog"),
          service,
          `--helm=${helm()}`,
          `--chart-ca=${join(dir, "ca.pem")}`,
          `--chart-mirror=oci://charts.example.org=oci://${charts.host}`,
          `--chart-mirror=https://charts.example.org=https://${charts.host}`,
        ],
        { env },
      );
    expect(await rolesOf("repository")).toMatchObject({ code: 1, stderr: expect.stringMatching(/ChartAccessDenied.*\n.*helm repo add/u) });
    expect(await runCommand(helm(), ["repo", "add", "mine", `https://${charts.host}/stable`, ...login, ca], { env })).toMatchObject({
      code: 0,
    });
    expect(await rolesOf("repository")).toMatchObject({ code: 0, stdout: expect.stringContaining("deployments") });
    await rm(join(home, "cache"), { recursive: true });
    expect(await runCommand(helm(), ["registry", "login", charts.host, ...login, ca], { env })).toMatchObject({ code: 0 });
    // The catalog has a version that the registry lacks.
    expect(await rolesOf("oci")).toMatchObject({ code: 1, stderr: expect.stringMatching(/9\.0\.0.*ChartNotFound/u) });
  });

  it("are kept: the same chart is not pulled again, also by the next agent while nothing can be pulled", async () => {
    const before = charts.given.length;
    await wish("again", "repository", "1.0.0");
    await reach("again", "1.0.0");
    await cluster.agent.stop();
    charts.hang(true);
    await cluster.agent.start();
    await wish("later", "oci", "1.1.0");
    await reach("later", "1.1.0");
    charts.hang(false);
    expect(charts.given).toHaveLength(before);
  });

  it("are pulled again where what was kept is not what it was", async () => {
    const before = charts.given.length;
    await cluster.agent.stop();
    const kept = (await readdir(join(dir, "cache"))).filter((file) => file.endsWith(".tgz"));
    expect(kept).toHaveLength(2);
    for (const file of kept) await appendFile(join(dir, "cache", file), "more");
    await cluster.agent.start();
    await wish("mended", "oci", "1.0.0");
    await reach("mended", "1.0.0");
    expect(charts.given.length).toBeGreaterThan(before);
  });

  it("come through a proxy where that is the only way", async () => {
    const url = { "portolan.dev/chart-url": `https://${PROXIED}` };
    await secret("proxied", "kubernetes.io/basic-auth", { username: charts.user, password: charts.password }, url);
    // What is kept came from elsewhere, and is the same: this version must come anew.
    await cluster.agent.stop();
    await rm(join(dir, "cache"), { recursive: true });
    await cluster.agent.start();
    await wish("proxied", "proxied", "1.1.0");
    await reach("proxied", "1.1.0");
    expect(new Set(proxy.asked)).toEqual(new Set([`${PROXIED}:443`]));
  });

  it("are given by their URLs too, with the credentials of the server that they are on", async () => {
    const before = charts.given.length;
    await wish("archived", "archived", "1.0.0");
    await reach("archived", "1.0.0");
    expect(charts.given.slice(before)).toEqual(["/stable/beacon-1.0.0.tgz"]);
    expect(await cluster.agent.logTail()).not.toContain(charts.password);
  });

  it("come without TLS from a registry that is named for it, and are known to the next agent though nobody pinned them", async () => {
    const auth = Buffer.from(`${plain.user}:${plain.password}`).toString("base64");
    await secret("plain", "kubernetes.io/dockerconfigjson", { ".dockerconfigjson": JSON.stringify({ auths: { [plain.host]: { auth } } }) });
    await wish("plain", "plain", "1.0.0");
    await reach("plain", "1.0.0");
    expect(plain.given).toHaveLength(1);
    // A person's commands take it from there, too, with what helm registry login has kept for them.
    const login = join(dir, "login.json");
    await writeFile(login, JSON.stringify({ auths: { [plain.host]: { auth } } }), { mode: 0o600 });
    const roles = await generatedRoles(
      join(dir, "catalog"),
      [
        "plain",
        "--account=anyone",
        `--helm=${helm()}`,
        `--chart-mirror=oci://plain.example.org=oci://${plain.host}`,
        `--chart-plain-http=${plain.host}`,
        "--allow-unpinned-charts",
      ],
      { HELM_REGISTRY_CONFIG: login, XDG_CACHE_HOME: join(dir, "of-a-person") },
    );
    expect(roles.map(({ kind }) => kind)).toContain("Role");
    expect(plain.given).toHaveLength(3);
    await cluster.agent.stop();
    plain.hang(true);
    await cluster.agent.start();
    await wish("unpinned", "plain", "1.0.0");
    await reach("unpinned", "1.0.0");
    plain.hang(false);
  });

  it("are not asked for with credentials that are none: the Secret is named, and nothing of what is in it", async () => {
    await secret("broken", "kubernetes.io/dockerconfigjson", {
      ".dockerconfigjson": JSON.stringify({ auths: { [charts.host]: "PLANTED" } }),
    });
    await wish("broken", "oci", "9.0.0");
    const message = await untilStalled("broken", "ChartCredentialsInvalid");
    expect(message).toContain("the key .dockerconfigjson of the Secret portolan-system/broken");
    expect([message, await cluster.agent.logTail()].join()).not.toContain("PLANTED");
    await cluster.kubectl(["delete", "secret/broken", "--namespace=portolan-system"]);
  });

  it("come from a folder without being packaged, pinned or not, and only in the version that is there", async () => {
    await wish("unpacked", "unpacked", "1.0.0");
    await reach("unpacked", "1.0.0");
    await wish("unpacked-unpinned", "unpacked", "1.0.1");
    await reach("unpacked-unpinned", "1.0.1");
    await wish("unpacked-other", "unpacked", "1.1.0");
    expect(await untilStalled("unpacked-other", "ChartNotFound")).toContain("expected beacon-1.1.0.tgz of the unpacked chart beacon/");
  });

  it("that do not exist are told of", async () => {
    await wish("missing", "oci", "9.0.0");
    expect(await untilStalled("missing", "ChartNotFound")).toContain(`${PUBLIC.oci}@9.0.0`);
  });

  it("of a server whose certificate nobody vouches for, or that nobody pins, are not taken, and the way to do so is named", async () => {
    await cluster.agent.stop();
    const untrusting = await startCluster({
      name: "untrusting",
      etcd,
      catalog: join(dir, "catalog"),
      dir,
      args: [
        `--helm=${helm()}`,
        `--chart-cache=${join(dir, "other-cache")}`,
        `--chart-folder=${dir}`,
        `--chart-mirror=oci://charts.example.org=oci://${charts.host}`,
      ],
      rights,
    });
    try {
      const stalls = async (name: string, spec: object, reason: string): Promise<string> => {
        await untrusting.kubectl(["create", "namespace", name]);
        await untrusting.kubectl(["apply", "--server-side", "-f", "-"], instance(`${name}/beacon`, spec));
        return await eventually(
          `it rests for ${reason}`,
          () => untrusting.kubectl(["get", "si/beacon", `--namespace=${name}`, "-o=jsonpath={.status.conditions}"]),
          (found) => found.includes(reason),
        );
      };
      expect(await stalls("apps", { service: "oci", version: "1.0.0" }, "ChartServerUntrusted")).toContain("--chart-ca");
      // The digest that it would be pinned with is told.
      expect(await stalls("unpinned", { service: "unpacked", version: "1.0.1" }, "ChartNotPinned")).toContain(
        `give its digest, which is ${await digestOfUnpacked("beacon")} now, with --chart-digest`,
      );
    } finally {
      await untrusting.stop();
      await cluster.agent.start();
    }
  });
});
