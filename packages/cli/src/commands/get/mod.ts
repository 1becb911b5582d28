import type { AddCommand } from "../global.ts";
import { addGetCatalogs } from "./catalogs.ts";
import { addGetClusters } from "./clusters.ts";
import { addGetInstances } from "./instances.ts";
import { addGetUpgrades } from "./upgrades.ts";
import { addGetVersions } from "./versions.ts";

export const addGet: AddCommand = (parent, console, exitWith) => {
  const get = parent.command("get").description("list what the hub knows");
  for (const add of [addGetClusters, addGetInstances, addGetVersions, addGetUpgrades, addGetCatalogs]) {
    add(get, console, exitWith);
  }
};
