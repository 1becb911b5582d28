import { join } from "node:path";
import { findOnPath, isExecutable } from "@portolan/simulator/program-cache";
import { programFolder } from "../kubernetes/find.ts";
import { HELM_MODULE } from "../kubernetes/modules.ts";

/** The path of a helm: the one that HELM names, the one of the cache, or one on PATH. Builds nothing. */
export async function findHelm(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const named = env["HELM"];
  if (named !== undefined && named !== "") return (await isExecutable(named)) ? named : undefined;
  const built = join(await programFolder(HELM_MODULE, env), "helm");
  return (await isExecutable(built)) ? built : await findOnPath("helm", env);
}
