/** The roles that `portolan catalog rbac` makes. */
import { join } from "node:path";
import { runCommand } from "@portolan/simulator/program-cache";
import { z } from "zod";
import { REPOSITORY } from "./repository.ts";

const texts = z.array(z.string()).readonly();
const ruleSchema = z.object({
  apiGroups: texts.exactOptional(),
  resources: texts.exactOptional(),
  resourceNames: texts.exactOptional(),
  nonResourceURLs: texts.exactOptional(),
  verbs: texts,
});
const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  rules: z.array(ruleSchema).readonly().exactOptional(),
});
const listSchema = z.object({ apiVersion: z.string(), kind: z.string(), items: z.array(objectSchema) });

export type RoleObject = z.infer<typeof objectSchema>;

/** The agent's account, as the roles of an agent are bound to it. */
export const AGENT_ACCOUNT = { namespace: "portolan-system", name: "portolan-agent" };

/** @param args beside the catalog's folder, as on the command line */
export async function generatedRoles(
  catalog: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly RoleObject[]> {
  const cli = join(REPOSITORY, "packages/cli/src/main.ts");
  const { code, stdout, stderr } = await runCommand(process.execPath, [cli, "catalog", "rbac", catalog, ...args, "--output=json"], { env });
  if (code !== 0) throw new Error(`portolan catalog rbac ended with ${code}: ${stderr}`);
  return listSchema.parse(JSON.parse(stdout)).items;
}
