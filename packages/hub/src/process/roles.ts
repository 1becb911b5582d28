import { z } from "zod";
import type { HubOptions } from "../hub/mod.ts";
import { readJsonFile } from "./json-file.ts";

const name = z.string().min(1).max(256);
const rolesSchema = z.record(name, z.array(name).min(1));

/** Reads `{"release-manager": ["ann@desk"]}`: names of people, by the roles that they have. @throws SettingsUnusable */
export async function readRoles(file: string): Promise<NonNullable<HubOptions["roles"]>> {
  return await readJsonFile(file, rolesSchema);
}
