import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceInstance } from "@portolan/agent/resources";
import { runCommand } from "@portolan/simulator/program-cache";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { instance, runs } from "../testbed/fleet/ledger.ts";
import { REPOSITORY } from "../testbed/fleet/repository.ts";
import { packageChart, writeService } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import { startAdmissionWebhook, webhookConfiguration } from "../testbed/kubernetes/admission-webhook.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";
import { startLogServer, type LogServer } from "../testbed/kubernetes/log-server.ts";

const CONFIG = {
  type: "object",
  additionalProperties: false,
  properties: {
    depth: { type: "integer", default: 1 },
    team: { type: "string", default: "divers" },
    buoy: { type: "boolean", default: false },
    hookWaits: { type: "boolean", default: false },
    testFails: { type: "boolean", default: false },
    perDiver: { type: "integer", default: 1 },
  },
};
const { perDiver: _, ...PLAIN } = CONFIG.properties;
/** Throws where there are no divers at all. */
const VALUES = { ...Object.fromEntries(Object.keys(PLAIN).map((name) => [name, `\${config.${name}}`])), share: "${12 / config.perDiver}" };

/** The same with manifests, in so far as a webhook is concerned. */
const MANIFESTS = {
  "configuration.yaml": {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "${release.name}" },
    data: { version: "${release.version}" },
  },
  "survey-job.yaml": {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "${release.name}-survey" },
    spec: {
      suspend: true,
      backoffLimit: 0,
      template: { spec: { restartPolicy: "Never", containers: [{ name: "survey", image: "example.org/reef/tools:1" }] } },
    },
  },
};
const UPGRADERS = {
  "up.yaml": {
    direction: "upgrade",
    from: "1.0.0",
    to: "1.1.0",
    before: [{ name: "survey", action: "job", job: "manifests/survey-job.yaml" }],
  },
};

/** More than a Secret holds, and nothing that could be compressed. */
const TOO_MANY_BYTES = 1_200_000;

type Condition = NonNullable<NonNullable<ServiceInstance["status"]>["conditions"]>[number];
const condition = ({ status }: ServiceInstance, type: string): Condition | undefined =>
  status?.conditions?.find((each) => each.type === type);

describeHelm("what a cluster refuses of a service", (helm) => {
  let dir: string;
  let etcd: Etcd;
  let cluster: Cluster;
  let logs: LogServer;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-refusals-"));
    const [charts, catalog, large] = [join(dir, "charts"), join(dir, "catalog"), join(dir, "large")];
    await Promise.all([mkdir(charts), mkdir(catalog)]);
    await cp(join(REPOSITORY, "test/fixtures/charts/reef"), large, { recursive: true });
    await writeFile(join(large, "photograph.bin"), randomBytes(TOO_MANY_BYTES));
    const versions = [];
    for (const [version, folder] of [
      ["1.0.0", "reef"],
      ["1.1.0", "reef"],
      ["2.0.0", large],
    ] as const) {
      const { digest } = await packageChart(helm(), { folder, version, into: charts });
      const deployer = { type: "helm", chart: "file-charts#reef", chartVersion: version, digest };
      versions.push({ version, deployer: version === "1.1.0" ? { ...deployer, test: true } : deployer, values: VALUES });
    }
    await writeService(catalog, { name: "reef", config: CONFIG }, versions);
    const manifests = { type: "manifests", manifests: ["manifests/configuration.yaml"] };
    const plain = ["1.0.0", "1.1.0"].map((version) => ({ version, deployer: manifests }));
    await writeService(catalog, { name: "shoal", config: { type: "object" } }, plain, { upgraders: UPGRADERS, manifests: MANIFESTS });
    etcd = await startEtcd();
    const args = [`--helm=${helm()}`, `--chart-cache=${join(dir, "cache")}`, `--chart-folder=${dir}`, "--chart-mirror=file-charts=charts"];
    cluster = await startCluster({ name: "refusals", etcd, catalog, dir, args });
    logs = await startLogServer(cluster.controlPlane, "diving\nno reef at 12 m\n");
  });

  afterAll(async () => {
    logs.stop();
    await cluster.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  const key = (namespace: string): string => `${namespace}/site`;
  const wish = async (namespace: string, spec: object): Promise<void> => {
    const wished = instance(key(namespace), { service: "reef", ...spec });
    await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], wished);
  };
  const reach = (namespace: string, version: string) => cluster.instances.until(key(namespace), `runs ${version}`, runs(version));
  const install = async (namespace: string, spec: object = {}): Promise<void> => {
    await cluster.kubectl(["create", "namespace", namespace]);
    await wish(namespace, { version: "1.0.0", ...spec });
    await reach(namespace, "1.0.0");
  };
  /** What a person reads of an instance that rests, before or after something was tried. */
  const refusal = async (namespace: string, reason: string): Promise<string> => {
    const rests = (found: ServiceInstance): boolean => condition(found, "Stalled")?.reason === reason;
    const found = await cluster.instances.until(key(namespace), `rests for ${reason}`, rests);
    expect(found.status).not.toHaveProperty("operation");
    const described = await cluster.kubectl(["describe", "si/site", `--namespace=${namespace}`]);
    expect(described).toMatch(new RegExp(`Warning +(?:${reason}|UpgradeFailed) `, "u"));
    return condition(found, "Ready")?.message ?? "";
  };
  const retry = (namespace: string) =>
    cluster.kubectl(["annotate", "si/site", `--namespace=${namespace}`, `portolan.dev/retry=${Date.now()}`, "--overwrite"]);
  const releases = async (namespace: string): Promise<readonly string[]> => {
    const args = ["history", "site", `--namespace=${namespace}`, "--output=json", `--kubeconfig=${cluster.controlPlane.kubeconfigPath}`];
    const { stdout } = await runCommand(helm(), args);
    const revisions: readonly { readonly status: string; readonly chart: string }[] = JSON.parse(stdout);
    return revisions.map(({ status, chart }) => `${chart} ${status}`);
  };

  it("is told before anything begins: values against the chart's schema, a mapping that throws, a kind that nobody knows", async () => {
    const namespace = "before";
    await install(namespace);
    await wish(namespace, { version: "1.0.0", config: { depth: 41 } });
    expect(await refusal(namespace, "ValuesRefused")).toMatch(/reef: - at '\/depth': maximum: got 41, want 40; .*values\.schema\.json/u);
    await wish(namespace, { version: "1.0.0", config: { perDiver: 0 } });
    expect(await refusal(namespace, "ConfigInvalid")).toBe("mapping of 1.0.0: /share: division by zero: `12 / config.perDiver`");
    await wish(namespace, { version: "1.0.0", config: { buoy: true } });
    expect(await refusal(namespace, "UnknownKind")).toMatch(/^Buoy\.sea\.example\.org\/v1 \(Buoy site,/u);
    expect(await releases(namespace)).toEqual(["reef-1.0.0 deployed"]);
  });

  it("is told of a quota, and of a field that cannot be changed, without a revision, again and again", async () => {
    const namespace = "immutable";
    await install(namespace);
    await wish(namespace, { version: "1.0.0", config: { team: "sailors" } });
    expect(await refusal(namespace, "ImmutableField")).toMatch(/Deployment immutable\/site: spec\.selector.* cannot be changed/u);
    expect(await releases(namespace)).toEqual(["reef-1.0.0 deployed"]);
    await cluster.kubectl(["create", "namespace", "quota"]);
    const hard = { "count/deployments.apps": "0" };
    const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "none", namespace: "quota" }, spec: { hard } };
    await cluster.kubectl(["apply", "-f", "-"], quota);
    // No controller runs here that would count.
    const status = ["--subresource=status", "--type=merge", `--patch=${JSON.stringify({ status: { hard, used: hard } })}`];
    await cluster.kubectl(["patch", "resourcequota/none", "--namespace=quota", ...status]);
    await wish("quota", { version: "1.0.0" });
    expect(await refusal("quota", "QuotaExceeded")).toMatch(/Deployment quota\/site: .*exceeded quota: none/u);
  });

  it("is told of a release that no Secret holds, with what to do about it; what ran before still does", async () => {
    const namespace = "large";
    await install(namespace);
    await wish(namespace, { version: "2.0.0" });
    expect(await refusal(namespace, "ReleaseTooLarge")).toMatch(/a release is kept in one Secret of at most 1 MiB: turn off parts/u);
    expect(await releases(namespace)).toEqual(["reef-1.0.0 deployed"]);
    await wish(namespace, { version: "1.0.0" });
    await reach(namespace, "1.0.0");
  });

  it("is told of a chart's test that fails, with the end of its log in the Event", async () => {
    const namespace = "tested";
    await install(namespace);
    await wish(namespace, { version: "1.1.0", config: { testFails: true } });
    expect(await refusal(namespace, "TestFailed")).toMatch(/Job\/site-test failed; the end of its log:\ndiving\nno reef at 12 m/u);
    expect(await cluster.kubectl(["get", "events.events.k8s.io", `--namespace=${namespace}`, "-o=jsonpath={.items[*].note}"])).toContain(
      "no reef at 12 m",
    );
    await wish(namespace, { version: "1.1.0" });
    await reach(namespace, "1.1.0");
  });

  describe.each(["reef", "shoal"] as const)("with an admission webhook in the middle of an operation, of %s,", (service) => {
    const config = service === "reef" ? { config: { hookWaits: true } } : {};

    it.each([
      ["refuses", { refuse: "no dives today" }, /no dives today/u],
      ["hangs", "hang", /failed calling webhook/u],
    ] as const)("that %s: it is named, the operation ends, and goes on when the webhook is mended", async (what, answer, words) => {
      const namespace = `${service}-${what}`;
      await install(namespace, { service });
      await wish(namespace, { service, version: "1.1.0", ...config });
      const suspended = ["get", "jobs", `--namespace=${namespace}`, "-o=jsonpath={.items[?(@.spec.suspend==true)].metadata.name}"];
      const job = await eventually(
        "the hook waits",
        () => cluster.kubectl(suspended),
        (name) => name !== "",
      );
      const webhook = await startAdmissionWebhook(cluster.controlPlane, answer);
      const scope = { name: namespace, namespace, resource: "configmaps", operations: ["UPDATE"] } as const;
      await cluster.kubectl(["apply", "-f", "-"], webhookConfiguration(webhook, scope));
      const probe = ["label", "configmap/site", `--namespace=${namespace}`, "probe=1", "--overwrite", "--dry-run=server"];
      await eventually(
        "the webhook is asked",
        () => cluster.kubectl(probe).catch(String),
        (said) => said.includes(`${namespace}.portolan.test`),
      );
      await cluster.kubectl(["patch", `job/${job}`, `--namespace=${namespace}`, "--type=merge", '--patch={"spec":{"suspend":false}}']);

      const told = await cluster.instances.until(key(namespace), "tells of it", (found) =>
        words.test(condition(found, "Ready")?.message ?? ""),
      );
      expect(condition(told, "Ready")?.message).toContain(`${namespace}.portolan.test`);
      if (told.status?.operation !== undefined) await untilTooLate(namespace);
      const failed = await cluster.instances.until(key(namespace), "has failed", ({ status }) => status?.phase === "Failed");
      expect(condition(failed, "Ready")?.message).toMatch(words);

      await cluster.kubectl(["delete", "validatingwebhookconfiguration", namespace]);
      await eventually(
        "the webhook is not asked",
        () => cluster.kubectl(probe).catch(String),
        (said) => said.includes("labeled"),
      );
      webhook.stop();
      if (service === "reef") await wish(namespace, { service, version: "1.1.0" });
      else await retry(namespace);
      if (service === "shoal") {
        const next = await eventually(
          "the hook waits",
          () => cluster.kubectl(suspended),
          (name) => name !== "",
        );
        await cluster.kubectl(["patch", `job/${next}`, `--namespace=${namespace}`, "--type=merge", '--patch={"spec":{"suspend":false}}']);
      }
      await reach(namespace, "1.1.0");
    });

    /** As if the action had begun longer ago than it may take: until the agent, which writes too, has seen it. */
    const untilTooLate = async (namespace: string): Promise<void> => {
      await eventually(
        "it took too long",
        () => letTimePass(namespace),
        (phase) => phase === "Failed",
      );
    };
    const letTimePass = async (namespace: string): Promise<unknown> => {
      const { apiVersion, kind, metadata, status } = z
        .looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }), status: z.looseObject({ phase: z.string() }) })
        .parse(JSON.parse(await cluster.kubectl(["get", "si/site", `--namespace=${namespace}`, "-o=json"])));
      const { operation } = z.object({ operation: z.looseObject({ cursor: z.looseObject({}) }).optional() }).parse(status);
      if (operation === undefined) return status.phase;
      const cursor = { ...operation.cursor, actionStartedAt: new Date(Date.now() - 3_600_000).toISOString() };
      const { resourceVersion } = metadata;
      const old = {
        apiVersion,
        kind,
        metadata: { name: "site", namespace, resourceVersion },
        status: { ...status, operation: { ...operation, cursor } },
      };
      const asAgent = ["apply", "--server-side", "--subresource=status", "--field-manager=portolan-agent", "-f", "-"];
      // The agent may have written it since.
      return await cluster.kubectl(asAgent, old).catch(String);
    };
  });

  describe("is a lock that a person's helm holds: it is respected, and taken off only when it is older than any helm works", () => {
    /** Such a helm stands in its hook, and the instance is told another wish meanwhile. Gives the releases in the end. */
    const isRespected = async (namespace: string, args: readonly string[], revision: string, version: string) => {
      const place = [`--namespace=${namespace}`, `--kubeconfig=${cluster.controlPlane.kubeconfigPath}`];
      const person = spawn(helm(), [...args, ...place], { stdio: "ignore" });
      await eventually(
        "it waits",
        () => releases(namespace),
        (found) => found.at(-1) === revision,
      );
      const status = revision.split(" ").at(-1) ?? "";
      const told = await cluster.instances.until(key(namespace), "tells of the lock", (found) =>
        JSON.stringify(found.status).includes(status),
      );
      expect(condition(told, "Ready")?.message).toMatch(new RegExp(`is ${status} by another helm; it is left alone until \\d{4}-.*Z`, "u"));
      await wish(namespace, { version, config: { depth: 2 } });
      const waits = ({ status: found }: ServiceInstance): boolean => found?.operation?.message?.includes("is left alone until") === true;
      await cluster.instances.until(key(namespace), "waits for the other helm", waits);
      expect((await releases(namespace)).at(-1)).toBe(revision);
      expect(person.exitCode).toBe(null);
      person.kill("SIGKILL");
      const selector = `-l=owner=helm,status=${status}`;
      const secret = (await cluster.kubectl(["get", "secrets", `--namespace=${namespace}`, selector, "-o=name"])).trim();
      const longAgo = Math.floor(Date.now() / 1000) - 3600;
      await cluster.kubectl(["label", secret, `--namespace=${namespace}`, `modifiedAt=${longAgo}`, "--overwrite"]);
      const found = await eventually(
        `${version} is back`,
        () => releases(namespace),
        (all) => all.at(-1) === `reef-${version} deployed`,
      );
      await reach(namespace, version);
      return found;
    };

    it("an upgrade", async () => {
      const namespace = "locked";
      await install(namespace);
      const args = ["upgrade", "site", join(dir, "charts/reef-1.1.0.tgz"), "--set=hookWaits=true"];
      const found = await isRespected(namespace, args, "reef-1.1.0 pending-upgrade", "1.0.0");
      expect(found).toContain("reef-1.1.0 failed");
    });

    it("a rollback, to a revision that the agent itself has made", async () => {
      const namespace = "locked-back";
      await install(namespace, { config: { hookWaits: true } });
      await wish(namespace, { version: "1.1.0" });
      await reach(namespace, "1.1.0");
      const found = await isRespected(namespace, ["rollback", "site", "1"], "reef-1.0.0 pending-rollback", "1.1.0");
      expect(found).toContain("reef-1.0.0 failed");
    });
  });
});
