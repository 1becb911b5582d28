import type { AddCommand } from "../global.ts";
import { addGetAudit } from "./audit.ts";
import { addGetCatalogs } from "./catalogs.ts";
import { addGetClusters } from "./clusters.ts";
import { addGetEvents } from "./events.ts";
import { addGetInstances } from "./instances.ts";
import { addGetRollouts } from "./rollouts.ts";
import { addGetVersions } from "./versions.ts";

export const addGet: AddCommand = (parent, console, exitWith) => {
  const get = parent.command("get").description("list what the hub knows");
  for (const add of [addGetClusters, addGetInstances, addGetVersions, addGetRollouts, addGetCatalogs, addGetEvents, addGetAudit]) {
    add(get, console, exitWith);
  }
};

export { addEvents } from "./events.ts";
