import { isDeepStrictEqual } from "node:util";
import { assess, findReleases, readNamedSecrets, type Assessment, type Proposal } from "@portolan/agent/adoption";
import { isAlreadyExists, isNoKindMatch, KubeError, refOf, type KubeClient, type KubeObject } from "@portolan/agent/kube";
import { stringsAt } from "@portolan/agent/fields";
import { API_VERSION, SERVICE_INSTANCE_KIND } from "@portolan/agent/resources";
import type { ServiceDefinition } from "@portolan/shared/catalog";
import { loadServices } from "../catalog/load.ts";
import { toFacts } from "../catalog/facts.ts";
import { readObject } from "../input/mod.ts";
import { CliError, EXIT, type ExitCode } from "../errors/mod.ts";
import { connectToCluster, type ClusterOptions } from "../kubernetes/mod.ts";
import { confirms, formatDocument, formatTable, note, painterFor, warn, type Console } from "../output/mod.ts";

export interface AdoptQuery extends ClusterOptions {
  /** Absent: all that are found. */
  readonly release: string | undefined;
  /** Absent: in all namespaces. */
  readonly namespace: string | undefined;
  readonly catalogs: readonly string[];
  /** Where several services are deployed from the same chart. */
  readonly service: string | undefined;
  readonly config: string | undefined;
  /** Secrets by the services' names for them; `{release}` in a name stands for the release's. */
  readonly secrets: readonly (readonly [name: string, secretName: string])[];
  /** Nothing is asked, and nothing else is written. */
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly output: "table" | "json" | "yaml";
}

/** As the manager of what people apply with it, so that they own the version and not the fleet. */
const FIELD_MANAGER = "portolan-adopt";

/**
 * Finds releases that people have installed with helm, says which of them a catalog's services could stand for, and makes the instances.
 * One that cannot be adopted keeps none of the others from it.
 *
 * @returns 1 when a release that was named cannot be adopted, or an instance could not be made
 */
export async function adopt(console: Console, query: AdoptQuery): Promise<ExitCode> {
  const services = await servicesOf(console, query);
  requireTaken(services, query);
  const config = query.config === undefined ? {} : { config: await readObject(console, query.config, "the config") };
  const cluster = await connectToCluster(query);
  const { kube } = cluster;
  try {
    const releases = (await findReleases(kube, query.namespace)).filter(
      ({ name }) => query.release === undefined || name === query.release,
    );
    if (query.release !== undefined && releases.length === 0) throw unknownRelease(query.release, query.namespace);
    const facts = { ...toFacts({}).cluster, kubernetesVersion: (await kube.version()).gitVersion };
    const instances = await instanceKeys(kube);
    const assessments: Assessment[] = [];
    for (const release of releases) {
      const secrets = await readNamedSecrets(kube, release, query.secrets);
      assessments.push(assess(release, { services, cluster: facts, instances, secrets, ...config }));
    }
    return await carryOut(console, query, kube, assessments);
  } catch (error) {
    if (error instanceof KubeError) {
      throw new CliError(error.reason === "ConnectionFailed" ? "ClusterUnreachable" : "ClusterRefused", error.message, { cause: error });
    }
    throw error;
  } finally {
    await cluster.close();
  }
}

async function carryOut(console: Console, query: AdoptQuery, kube: KubeClient, assessments: readonly Assessment[]): Promise<ExitCode> {
  const adoptions = assessments.flatMap(({ release, verdict }) => (verdict.adoptable ? [adoptionOf(release, verdict.proposal)] : []));
  if (query.output === "table") console.out.write(tableOf(console, assessments));
  else {
    const instances = adoptions.map(({ instance }) => instance);
    console.out.write(await documentsOf(instances, query.output));
  }
  if (query.output !== "table") {
    for (const { release, verdict } of assessments) {
      if (!verdict.adoptable) warn(console, `${release.namespace}/${release.name}: ${verdict.message} (${verdict.code})`);
    }
    // They are never printed.
    for (const secret of adoptions.flatMap(({ secrets }) => secrets)) {
      const keys = Object.keys(stringsAt(secret, "data")).join(", ");
      warn(console, `the Secret ${keyOf(secret)} (${keys}) has to be made too: adopt makes it where it makes the instances, without -o`);
    }
  }
  const refused: ExitCode = query.release !== undefined && adoptions.length === 0 ? EXIT.error : EXIT.ok;
  if (query.dryRun || query.output !== "table" || adoptions.length === 0) return refused;
  if (!query.yes && !(await isConfirmed(console, adoptions.length))) return EXIT.ok;
  return await make(console, kube, adoptions);
}

/** What is made for a release. */
interface Adoption {
  readonly instance: KubeObject;
  /** Before it. */
  readonly secrets: readonly KubeObject[];
}

async function make(console: Console, kube: KubeClient, adoptions: readonly Adoption[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  for (const { instance, secrets } of adoptions) {
    const { namespace = "", name } = instance.metadata;
    try {
      for (const secret of secrets) {
        await makeSecret(kube, secret);
        note(console, `secret ${keyOf(secret)} made`);
      }
      await kube.create(instance, { fieldManager: FIELD_MANAGER });
      note(console, `serviceinstance ${keyOf(instance)} made: kubectl get si -n ${namespace} ${name}`);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      warn(console, `serviceinstance ${keyOf(instance)} was not made: ${error.message}`);
      code = EXIT.error;
    }
  }
  return code;
}

/** One that an earlier run has made is left as it is. @throws KubeError also when another one of the name has come in the meantime */
async function makeSecret(kube: KubeClient, secret: KubeObject): Promise<void> {
  try {
    await kube.create(secret, { fieldManager: FIELD_MANAGER });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const existing = await kube.get(refOf(secret));
    if (!isDeepStrictEqual(stringsAt(existing, "data"), stringsAt(secret, "data"))) throw error;
  }
}

function keyOf({ metadata: { namespace = "", name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

async function servicesOf(console: Console, { catalogs, service }: AdoptQuery): Promise<readonly ServiceDefinition[]> {
  const services = await loadServices(console, catalogs);
  const chosen = services.filter(({ name }) => service === undefined || name === service);
  if (chosen.length === 0)
    throw new CliError("UnknownService", `the catalogs have no service${service === undefined ? "" : ` ${service}`}`);
  return chosen;
}

/** @throws CliError InvalidUsage for a Secret that none of the services takes */
function requireTaken(services: readonly ServiceDefinition[], { secrets }: AdoptQuery): void {
  const taken = new Set(services.flatMap((service) => service.secrets.map(({ name }) => name)));
  const unknown = secrets.find(([name]) => !taken.has(name));
  if (unknown === undefined) return;
  const known = taken.size === 0 ? "none at all" : [...taken].join(", ");
  throw new CliError("InvalidUsage", `--secret: none of the services takes a Secret ${unknown[0]}; they take ${known}`);
}

/** None when the cluster does not know instances yet: then the agent has to come first, or nothing is written. */
async function instanceKeys(kube: KubeClient): Promise<ReadonlySet<string>> {
  try {
    const { items } = await kube.list(API_VERSION, SERVICE_INSTANCE_KIND, { metadataOnly: true });
    return new Set(items.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`));
  } catch (error) {
    if (isNoKindMatch(error)) return new Set();
    throw error;
  }
}

function adoptionOf({ namespace, name }: Assessment["release"], proposal: Proposal): Adoption {
  const { service, version, config, overrides, secretRefs, newSecrets } = proposal;
  const some = (field: string, value: object): object => (Object.keys(value).length === 0 ? {} : { [field]: value });
  return {
    instance: {
      apiVersion: API_VERSION,
      kind: SERVICE_INSTANCE_KIND,
      metadata: { namespace, name },
      spec: { service, version, ...some("config", config), ...some("overrides", overrides), ...some("secretRefs", secretRefs) },
    },
    secrets: newSecrets.map(({ secretName, data }) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace, name: secretName },
      type: "Opaque",
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
    })),
  };
}

function tableOf({ out, env }: Console, assessments: readonly Assessment[]): string {
  const rows = assessments.map(({ release: { namespace, name, read }, verdict }) => [
    namespace,
    name,
    read.ok ? `${read.release.chartName} ${read.release.chartVersion}` : "",
    verdict.adoptable ? `${verdict.proposal.service} ${verdict.proposal.version}` : "",
    verdict.adoptable ? describe(verdict.proposal) : `${verdict.message} (${verdict.code})`,
  ]);
  return formatTable(["NAMESPACE", "RELEASE", "CHART", "BECOMES", "HOW"], rows, painterFor(out, env));
}

function describe({ config, overrides, secretRefs, newSecrets }: Proposal): string {
  const names = (values: object): string => Object.keys(values).join(", ");
  const parts = [
    ...(Object.keys(config).length === 0 ? [] : [`config: ${names(config)}`]),
    ...(Object.keys(overrides).length === 0 ? [] : [`overrides: ${names(overrides)}`]),
    ...secretRefs.map(({ name, secretName }) => {
      const made = newSecrets.find((each) => each.secretName === secretName);
      return `secret: ${name} from ${secretName}${made === undefined ? "" : `, which is made (${names(made.data)})`}`;
    }),
  ];
  return parts.length === 0 ? "as it is by default" : parts.join("; ");
}

async function documentsOf(objects: readonly KubeObject[], output: "json" | "yaml"): Promise<string> {
  if (output === "json") return await formatDocument({ apiVersion: "v1", kind: "List", items: objects }, "json");
  return (await Promise.all(objects.map(async (object) => await formatDocument(object, "yaml")))).join("---\n");
}

/** @throws CliError InvalidUsage when there is nobody to ask */
async function isConfirmed(console: Console, count: number): Promise<boolean> {
  if (console.stdin.isTTY !== true) throw new CliError("InvalidUsage", "expected --yes or --dry-run where there is nobody to ask");
  return await confirms(console, `make ${count} ${count === 1 ? "ServiceInstance" : "ServiceInstances"}?`);
}

function unknownRelease(release: string, namespace: string | undefined): CliError {
  return new CliError(
    "UnknownRelease",
    `there is no release ${release} in ${namespace === undefined ? "the cluster" : `the namespace ${namespace}`}`,
  );
}
