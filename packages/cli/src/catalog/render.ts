import { isDnsLabel, type Installer, type ServiceDefinition } from "@portolan/shared/catalog";
import { factsJson } from "@portolan/shared/graph";
import { isJsonObject, type JsonObject } from "@portolan/shared/json";
import {
  effectiveValues,
  placeholderSecrets,
  renderObjects,
  type RenderedObject,
  type ValuesInput,
  type ValuesProblem,
} from "@portolan/shared/values";
import { CliError, listNearest } from "../errors/mod.ts";
import { formatDocument, warn, type Console } from "../output/mod.ts";
import { readFacts } from "./facts.ts";
import { loadService } from "./load.ts";
import { readObject, requireOneStdin } from "../input/mod.ts";

export interface RenderQuery {
  readonly dir: string;
  readonly service: string;
  readonly version: string;
  /** Absent: what the version's deployer takes. */
  readonly what: "values" | "manifests" | undefined;
  readonly config?: string;
  readonly overrides?: string;
  readonly facts?: string;
  readonly secrets?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly output: "json" | "yaml";
}

/** Prints what a version of a catalog's folder deploys with a config. */
export async function render(console: Console, query: RenderQuery): Promise<void> {
  const { dir, output, config, overrides, facts, secrets } = query;
  requireOneStdin([config, overrides, facts, secrets]);
  const service = await loadService(console, dir, query.service);
  const installer = installerOf(service, query.version);
  const { cluster } = await readFacts(console, { file: facts, kubernetes: undefined });
  const result = effectiveValues(service, installer, {
    config: config === undefined ? {} : await readObject(console, config, "the config"),
    ...(overrides === undefined ? {} : { overrides: await readObject(console, overrides, "the overrides") }),
    secrets: secrets === undefined ? placeholders(console, service) : toSecrets(await readObject(console, secrets, "the secrets")),
    cluster: factsJson(cluster),
    release: releaseOf(service, query),
  });
  if (!result.valid) {
    throw invalid(query, result.problems);
  }
  if ((query.what ?? (installer.deployer.type === "helm" ? "values" : "manifests")) === "values") {
    console.out.write(await formatDocument(result.values, output));
    return;
  }
  if (installer.deployer.type === "helm") {
    throw new CliError(
      "NoManifests",
      `${service.name} ${installer.version} is deployed by a chart (${installer.deployer.chart}): the catalog has its values alone`,
      { hint: "see them with --values" },
    );
  }
  const rendered = renderObjects(installer.deployer.objects, result.scope);
  if (!rendered.valid) {
    throw invalid(query, rendered.problems);
  }
  console.out.write(await formatObjects(rendered.objects, output));
}

function installerOf(service: ServiceDefinition, version: string): Installer {
  const installer = service.installers.find((candidate) => candidate.version === version);
  if (installer === undefined) {
    const details = [
      `versions: ${listNearest(
        version,
        service.installers.map((candidate) => candidate.version),
      )}`,
    ];
    throw new CliError("UnknownVersion", `${service.name} has no version ${version}`, { details });
  }
  return installer;
}

function releaseOf({ name: service }: ServiceDefinition, { name = service, namespace = service, version }: RenderQuery) {
  for (const [option, text] of [
    ["--name", name],
    ["--namespace", namespace],
  ] as const) {
    if (!isDnsLabel(text)) {
      throw new CliError(
        "InvalidUsage",
        `expected a DNS label in ${option} (a-z, 0-9 and -, at most 63 characters), found ${JSON.stringify(text)}`,
      );
    }
  }
  return { name, namespace, service, version, instance: `${namespace}/${name}` };
}

function placeholders(console: Console, { secrets }: ServiceDefinition): ValuesInput["secrets"] {
  const required = secrets.filter(({ optional }) => !optional);
  if (required.length > 0) {
    warn(console, `no secrets were given: placeholders stand for those of ${required.map(({ name }) => name).join(", ")} (--secrets)`);
  }
  return placeholderSecrets(required);
}

/** @throws CliError InvalidInput, without any value: they are secrets */
function toSecrets(given: JsonObject): ValuesInput["secrets"] {
  const entries = Object.entries(given).map(([name, keys]) => {
    const values = isJsonObject(keys) ? Object.entries(keys) : undefined;
    if (values === undefined || !values.every((entry): entry is [string, string] => typeof entry[1] === "string")) {
      throw new CliError("InvalidInput", `the secrets: expected keys with texts in /${name}`);
    }
    return [name, Object.fromEntries(values)] as const;
  });
  return Object.fromEntries(entries);
}

function invalid({ service, version }: RenderQuery, problems: readonly ValuesProblem[]): CliError {
  // The messages name what was expected and what was found; most name the place too.
  const details = problems.map(({ code, path, message }) => `${message.includes(path) ? "" : `${path}: `}${message} (${code})`);
  return new CliError("InvalidValues", `${service} ${version} cannot be deployed with these inputs`, { details });
}

/** Both forms can be piped into `kubectl apply -f -`. */
async function formatObjects(rendered: readonly RenderedObject[], output: "json" | "yaml"): Promise<string> {
  if (output === "json") {
    return await formatDocument({ apiVersion: "v1", kind: "List", items: rendered.map(({ object }) => object) }, "json");
  }
  const documents = await Promise.all(rendered.map(async ({ source, object }) => `# ${source}\n${await formatDocument(object, "yaml")}`));
  return documents.join("---\n");
}
