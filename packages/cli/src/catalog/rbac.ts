import { accountObject, clusterRole, role, type RoleObject } from "@portolan/agent/rbac";
import { CliError } from "../errors/mod.ts";
import { readObject } from "../input/mod.ts";
import { formatDocument, type Console } from "../output/mod.ts";
import type { ChartOptions } from "./charts.ts";
import { loadService, loadServices } from "./load.ts";
import { agentRulesFor, rulesFor, type RulesInput } from "./rules.ts";

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

/** Name of the account that an agent has, and of its roles. */
export const AGENT_ACCOUNT = "portolan-agent";

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
  const { cluster, namespaces } = await rulesFor(console, await inputOf(console, query), [service]);
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
    query.service === undefined ? await loadServices(console, [query.dir]) : [await loadService(console, query.dir, query.service)];
  const account = { namespace: query.agentNamespace, name: AGENT_ACCOUNT };
  const { cluster, own } = await agentRulesFor(console, { ...(await inputOf(console, query)), ...query }, services);
  return [
    accountObject(account),
    ...clusterRole(AGENT_ACCOUNT, cluster, account),
    ...role(AGENT_ACCOUNT, query.agentNamespace, own, account),
  ];
}

async function inputOf(console: Console, { config, name, namespace, targetNamespace, kubernetes, charts }: RbacQuery): Promise<RulesInput> {
  const configs = config === undefined ? [] : [await readObject(console, config, "the config")];
  return { name, namespace, targetNamespace, configs, kubernetes, charts };
}
