import { serverUrl } from "../address/mod.ts";
import { CliError } from "../errors/mod.ts";
import { configPath, readConfig } from "./config-file.ts";
import { contextNamed, currentContext } from "./contexts.ts";

const DEFAULT_SERVER = "http://127.0.0.1:8640";

/** What the command line says about the hub. */
export interface ServerChoice {
  readonly server?: string;
  readonly hubContext?: string;
}

/**
 * Address of the hub: what the command line says, then the environment (`PORTOLAN_SERVER`), then the current context of the config file,
 * then a hub on this machine.
 *
 * @throws CliError InvalidUsage, UnknownContext, ConfigInvalid, InputUnreadable
 */
export async function serverFor({ server, hubContext }: ServerChoice, env: NodeJS.ProcessEnv): Promise<string> {
  if (server !== undefined) {
    return server;
  }
  if (hubContext !== undefined) {
    return contextNamed(await readConfig(configPath(env)), hubContext).server;
  }
  const { PORTOLAN_SERVER: said } = env;
  if (said !== undefined && said !== "") {
    const url = serverUrl(said);
    if (url === undefined) {
      throw new CliError("InvalidUsage", `PORTOLAN_SERVER: expected a URL such as ${DEFAULT_SERVER}, found ${said}`);
    }
    return url;
  }
  return currentContext(await readConfig(configPath(env)))?.server ?? DEFAULT_SERVER;
}
