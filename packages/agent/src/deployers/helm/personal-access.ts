/** Credentials that a person has given to helm: `helm registry login` and `helm repo add --username`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { listAt, stringAt } from "../../fields/mod.ts";
import type { ChartAccess, PullAccess } from "./chart-access.ts";
import { HelmError } from "./errors.ts";
import type { HelmProcesses } from "./processes.ts";

const timeoutMs = 10_000;

/** What says where a person's helm keeps them, and nothing else that their helm is told by the environment. */
export function personalConfiguration(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const names = ["HELM_CONFIG_HOME", "HELM_REGISTRY_CONFIG", "HELM_REPOSITORY_CONFIG"];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** helm finds those for registries by itself, as long as it has the person's configuration. */
export function personalAccess(processes: Pick<HelmProcesses, "run">): Pick<ChartAccess, "for"> {
  return {
    async for(reference, { folder }): Promise<PullAccess> {
      if (reference.kind !== "repository") return {};
      const told = await processes.run({ name: "env", args: ["env", "HELM_REPOSITORY_CONFIG"] }, timeoutMs);
      const config = told.stdout.trim();
      if (told.code !== 0 || config === "") throw new HelmError("HelmFailed", `helm env: ${told.stderr.trim()}`);
      const name = repositoryOf(await textOf(config), reference.url);
      return name === undefined ? {} : { repository: { config, cache: join(folder, "index"), name } };
    },
  };
}

/**
 * The name of the repository with credentials that a URL is that of; undefined without any. Pure.
 *
 * @param text helm's repositories.yaml
 * @throws HelmError ChartCredentialsInvalid, without a word of the text
 */
export function repositoryOf(text: string, url: string): string | undefined {
  let repositories: readonly unknown[];
  try {
    repositories = listAt(parse(text), "repositories");
  } catch {
    throw new HelmError("ChartCredentialsInvalid", "helm's own list of repositories (helm env HELM_REPOSITORY_CONFIG) is not YAML");
  }
  const bare = (address: string): string => address.replace(/\/+$/u, "");
  const found = repositories.find(
    (repository) => bare(stringAt(repository, "url") ?? "") === bare(url) && (stringAt(repository, "username") ?? "") !== "",
  );
  return stringAt(found, "name");
}

/** Empty when there is none: then no repository was ever added. */
async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
