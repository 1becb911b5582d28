import { suggesting, type HubClient, type UpgradeRequest } from "../client/mod.ts";
import { EXIT, type ExitCode } from "../errors/mod.ts";
import { note, type Console } from "../output/mod.ts";
import { hasEnded } from "./follow.ts";
import { showOutcome } from "./outcome.ts";
import { watchUpgrade, type WatchOptions } from "./watch.ts";

export interface UpgradeCommandOptions extends WatchOptions {
  readonly watch?: true;
}

/** Starts an upgrade. Watched, it gives 0 only when the upgrade has succeeded. */
export async function startUpgrade(
  console: Console,
  client: HubClient,
  request: UpgradeRequest,
  options: UpgradeCommandOptions,
): Promise<ExitCode> {
  const { service, version, selector } = request;
  const upgrade = await suggesting(client, { service, version, clusters: selector.clusters ?? [] }, () => client.startUpgrade(request));
  if (options.watch === true) {
    return exitCodeOf(await watchUpgrade(console, client, upgrade, options));
  }
  await showOutcome(console, upgrade, options.output);
  if (!hasEnded(upgrade)) {
    note(console, `watch it: portolan status ${upgrade.id} --watch; stop it: portolan abort ${upgrade.id}`);
  }
  return EXIT.ok;
}

/** Shows how far an upgrade is. Watched, it gives 0 only when the upgrade has succeeded. */
export async function showStatus(console: Console, client: HubClient, id: string, options: UpgradeCommandOptions): Promise<ExitCode> {
  const upgrade = await suggesting(client, { upgrade: id }, () => client.upgrade(id));
  if (options.watch === true) {
    return exitCodeOf(await watchUpgrade(console, client, upgrade, options));
  }
  await showOutcome(console, upgrade, options.output);
  return EXIT.ok;
}

/** Asks an upgrade to stop. Watched, it ends when everything has stopped. */
export async function abortUpgrade(console: Console, client: HubClient, id: string, options: UpgradeCommandOptions): Promise<ExitCode> {
  const upgrade = await suggesting(client, { upgrade: id }, () => client.abortUpgrade(id));
  if (hasEnded(upgrade) && upgrade.state !== "Aborted") {
    note(console, `the upgrade had ended already: ${upgrade.state}`);
  }
  if (options.watch === true) {
    await watchUpgrade(console, client, upgrade, options);
  } else {
    await showOutcome(console, upgrade, options.output);
  }
  return EXIT.ok;
}

function exitCodeOf({ state }: { readonly state: string }): ExitCode {
  return state === "Succeeded" ? EXIT.ok : EXIT.error;
}
