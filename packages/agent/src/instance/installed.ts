import type { Installer } from "@portolan/shared/catalog";
import type { InstanceState } from "./state.ts";

/**
 * The definition of the installed version: as it was kept when it was installed, because the catalogs may have changed since;
 * from the catalogs only where nothing was kept.
 */
export function installedInstaller({
  instance,
  kept,
  service,
}: Pick<InstanceState, "instance" | "kept" | "service">): Installer | undefined {
  const version = instance.status?.version;
  const find = (from: InstanceState["service"]): Installer | undefined => from?.installers.find((each) => each.version === version);
  return find(kept) ?? find(service);
}
