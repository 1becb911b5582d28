import type { AddCommand } from "../global.ts";
import { addCatalogLint } from "./lint.ts";
import { addCatalogPlan } from "./plan.ts";
import { addCatalogPublish } from "./publish.ts";
import { addCatalogRbac } from "./rbac.ts";
import { addCatalogRender } from "./render.ts";
import { addCatalogWithdraw } from "./withdraw.ts";

export const addCatalog: AddCommand = (parent, console, exitWith) => {
  const catalog = parent.command("catalog").description("check, try and publish service definitions");
  for (const add of [addCatalogLint, addCatalogPlan, addCatalogRender, addCatalogRbac, addCatalogPublish, addCatalogWithdraw]) {
    add(catalog, console, exitWith);
  }
};
