import { readFile } from "node:fs/promises";
import type { z } from "zod";

/** A file of settings cannot be used. Its message names the file and the place, and never holds a secret. */
export class SettingsUnusable extends Error {
  readonly code = "SettingsUnusable";

  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`);
    this.name = "SettingsUnusable";
  }
}

/** @throws SettingsUnusable */
export async function readJsonFile<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(parseJson(file, await readSettings(file, file)));
  if (!parsed.success) {
    throw new SettingsUnusable(file, parsed.error.issues.map(({ path, message }) => `/${path.join("/")}: ${message}`).join("; "));
  }
  return parsed.data;
}

/**
 * @param file that is to blame, where it names the one that is read
 * @throws SettingsUnusable
 */
export async function readSettings(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new SettingsUnusable(file, error instanceof Error ? error.message : String(error));
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SettingsUnusable(file, error instanceof Error ? error.message : String(error));
  }
}
