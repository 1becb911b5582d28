import { accountObject, agentRules, clusterRole, NoConfigError, role, serviceRules, stepsOf } from "@portolan/agent/rbac";
import type { RoleObject, RoleRules, RoleStep } from "@portolan/agent/rbac";
import { HelmError, OfflineCharts, parseMirror, type ChartMirror } from "@portolan/agent/deployers/helm";
import type { JsonObject, ServiceDefinition } from "@portolan/shared/catalog";
import { homedir } from "node:os";
import { join } from "node:path";
import { CliError } from "../errors/mod.ts";
import { formatDocument, warn, type Console } from "../output/mod.ts";
import { toFacts } from "./facts.ts";
import { describeProblem, loadCatalog, loadService } from "./load.ts";
import { readObject } from "../input/mod.ts";

export interface RbacQuery {
  readonly dir: string;
  /** Absent: all services. */
  readonly service: string | undefined;
  /** The role of an account that instances name; absent: the agent's. */
  readonly account: string | undefined;
  /** Of the instance; default: the service's name. */
  readonly namespace: string | undefined;
  /** Of the instance's objects; default: its own namespace. */
  readonly targetNamespace: string | undefined;
  readonly name: string | undefined;
  readonly config: string | undefined;
  readonly agentNamespace: string;
  /** The agent does with its own rights what services need. */
  readonly ownRights: boolean;
  readonly fleet: boolean;
  readonly kubernetes: string;
  readonly charts: ChartOptions;
  readonly output: "json" | "yaml";
}

export interface ChartOptions {
  readonly helm: string;
  readonly folder: string | undefined;
  /** Each `FROM=TO`. */
  readonly mirrors: readonly string[];
  readonly caFile: string | undefined;
  readonly allowUnpinned: boolean;
}

const AGENT = "portolan-agent";

/** Prints the least that RBAC must allow for the services of a catalog's folder. */
export async function rbac(console: Console, query: RbacQuery): Promise<void> {
  const objects = query.account === undefined ? await agentObjects(console, query) : await accountObjects(console, query, query.account);
  if (query.output === "json") {
    console.out.write(await formatDocument({ apiVersion: "v1", kind: "List", items: objects }, "json"));
    return;
  }
  const documents = await Promise.all(objects.map(async (object) => await formatDocument(object, "yaml")));
  console.out.write(documents.join("---\n"));
}

async function accountObjects(console: Console, query: RbacQuery, name: string): Promise<readonly RoleObject[]> {
  if (query.service === undefined) {
    throw new CliError("InvalidUsage", "expected the service whose instances name the account; found none");
  }
  const service = await loadService(console, query.dir, query.service);
  const { namespace = service.name } = query;
  const account = { namespace, name };
  const { cluster, namespaces } = await rulesFor(console, query, [service]);
  // Where it stands alone among roles of the whole cluster, its name says whose it is.
  const wide = `${namespace}:${name}`;
  return [
    accountObject(account),
    ...clusterRole(wide, cluster, account),
    ...[...namespaces].flatMap(([place, rules]) => role(place === namespace ? name : wide, place, rules, account)),
  ];
}

async function agentObjects(console: Console, query: RbacQuery): Promise<readonly RoleObject[]> {
  const services =
    query.service === undefined ? await allServices(console, query.dir) : [await loadService(console, query.dir, query.service)];
  const account = { namespace: query.agentNamespace, name: AGENT };
  const needed = await rulesFor(console, query, services);
  const secrets = services.some(
    ({ secrets: wanted, installers }) => wanted.length > 0 || installers.some(({ deployer }) => deployer.type === "helm"),
  );
  const { cluster, own } = agentRules({ secrets, accounts: !query.ownRights, fleet: query.fleet });
  return [
    accountObject(account),
    ...clusterRole(AGENT, [...cluster, ...needed.watched, ...(query.ownRights ? everywhere(needed) : [])], account),
    ...role(AGENT, query.agentNamespace, own, account),
  ];
}

/** Where instances will be is not known: what they need in their namespaces, the agent needs in all. */
function everywhere({ cluster, namespaces }: RoleRules): RoleRules["cluster"] {
  return [...cluster, ...[...namespaces.values()].flat()];
}

async function allServices(console: Console, dir: string): Promise<readonly ServiceDefinition[]> {
  const { catalog, problems } = await loadCatalog(dir);
  for (const problem of problems) warn(console, describeProblem(problem));
  return catalog.services;
}

/** @throws CliError InvalidUsage */
function mirrorOf(text: string): ChartMirror {
  const found = parseMirror(text);
  if (found === undefined) throw new CliError("InvalidUsage", `--chart-mirror: expected FROM=TO, found ${JSON.stringify(text)}`);
  return found;
}

async function rulesFor(console: Console, query: RbacQuery, services: readonly ServiceDefinition[]): Promise<RoleRules> {
  const configs = query.config === undefined ? [] : [await readObject(console, query.config, "the config")];
  const charts = await OfflineCharts.open({
    program: query.charts.helm,
    kubernetesVersion: query.kubernetes,
    charts: {
      cache: join(console.env["XDG_CACHE_HOME"] ?? join(console.env["HOME"] ?? homedir(), ".cache"), "portolan"),
      mirrors: query.charts.mirrors.map(mirrorOf),
      plainHttp: [],
      digests: new Map(),
      allowUnpinned: query.charts.allowUnpinned,
      ...(query.charts.folder === undefined ? {} : { folder: query.charts.folder }),
      ...(query.charts.caFile === undefined ? {} : { caFile: query.charts.caFile }),
    },
  });
  try {
    const steps: RoleStep[] = [];
    for (const service of services) steps.push(...(await stepsFor(query, service, configs, charts)));
    const [only] = services.length === 1 ? services : [];
    return serviceRules(steps, query.targetNamespace ?? query.namespace ?? only?.name ?? "default");
  } finally {
    await charts.close();
  }
}

async function stepsFor(
  query: RbacQuery,
  service: ServiceDefinition,
  configs: readonly JsonObject[],
  charts: OfflineCharts,
): Promise<readonly RoleStep[]> {
  const { name = service.name, namespace = service.name } = query;
  const { targetNamespace = namespace } = query;
  try {
    return await stepsOf(service, {
      name,
      namespace,
      targetNamespace,
      cluster: toFacts({}, query.kubernetes).cluster,
      configs,
      chart: async (installer, values) => await charts.render(installer, { name, namespace: targetNamespace }, values),
    });
  } catch (error) {
    if (error instanceof NoConfigError) {
      throw new CliError("InvalidValues", error.message, { details: error.problems, hint: "give one with --config", cause: error });
    }
    if (error instanceof HelmError) {
      const hint = "charts are rendered with helm: see --helm, --chart-mirror, --chart-folder and --allow-unpinned-charts";
      throw new CliError("ChartUnavailable", `${service.name}: ${error.message} (${error.code})`, { hint, cause: error });
    }
    throw error;
  }
}
