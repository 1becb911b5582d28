import type { RequestOptions } from "node:https";
import { join } from "node:path";
import { isRecord } from "../parse.ts";
import { path, type Entry } from "./context.ts";

/** Whether credentials come from a program (`exec`) or from another authority (`auth-provider`: OIDC), as @kubernetes/client-node knows them. */
export function needsPlugin(user: Entry | undefined): boolean {
  return isRecord(user?.fields["exec"]) || isRecord(user?.fields["auth-provider"]);
}

/** Writes its credentials into the options of a request. */
export type CredentialPlugin = (options: RequestOptions) => Promise<void>;

/**
 * The plugin that a user's entry asks for, without anything that an earlier one has cached. The library is loaded only here: it takes
 * most of a second and 30 MB of memory, and few need it.
 */
export async function openPlugin(cluster: Entry, user: Entry): Promise<CredentialPlugin> {
  const { KubeConfig } = await import("./client-node.ts");
  const kubeConfig = new KubeConfig();
  const ca = path(cluster, "certificate-authority");
  kubeConfig.loadFromString(
    JSON.stringify({
      clusters: [
        {
          name: "it",
          // Where the API server is reached is not for the plugin; client-node refuses plain http unless verification, of which http has none, is off.
          cluster: {
            ...cluster.fields,
            ...(ca === undefined ? {} : { "certificate-authority": ca }),
            ...(String(cluster.fields["server"]).startsWith("http:") ? { "insecure-skip-tls-verify": true } : {}),
          },
        },
      ],
      users: [{ name: "it", user: withFolder(user) }],
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      "current-context": "it",
    }),
  );
  return async (options) => await kubeConfig.applyToHTTPSOptions(options);
}

/** As kubectl: a command with a separator in it is meant from where the file stands, any other from PATH. */
function withFolder(user: Entry): Entry["fields"] {
  const { exec } = user.fields;
  if (!isRecord(exec) || typeof exec["command"] !== "string" || !/^\.{1,2}\//u.test(exec["command"])) return user.fields;
  return { ...user.fields, exec: { ...exec, command: join(user.folder, exec["command"]) } };
}
