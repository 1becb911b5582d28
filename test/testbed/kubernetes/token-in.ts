import { readFile } from "node:fs/promises";
import { z } from "zod";

const schema = z.object({ users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]) });

/** The token of a kubeconfig file of a {@link ControlPlane}. */
export async function tokenIn(kubeconfigPath: string): Promise<string> {
  return schema.parse(JSON.parse(await readFile(kubeconfigPath, "utf8"))).users[0].user.token;
}
