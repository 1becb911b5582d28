import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parseDocument, stringify } from "yaml";
import { z } from "zod";
import { serverUrl } from "../address/mod.ts";
import { CliError, listNearest } from "../errors/mod.ts";
import type { CliConfig } from "./contexts.ts";

/** Its owner alone may read it: there may be credentials in an address. */
const MODE = 0o600;

/** `PORTOLAN_CONFIG`, or `portolan/config.yaml` where programs keep their configuration. */
export function configPath({ PORTOLAN_CONFIG, XDG_CONFIG_HOME }: NodeJS.ProcessEnv): string {
  const folder = XDG_CONFIG_HOME === undefined || XDG_CONFIG_HOME === "" ? join(homedir(), ".config") : XDG_CONFIG_HOME;
  return PORTOLAN_CONFIG === undefined || PORTOLAN_CONFIG === "" ? join(folder, "portolan", "config.yaml") : PORTOLAN_CONFIG;
}

function fields<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => `unknown field ${key}; known are ${listNearest(key, Object.keys(shape))}`).join("; ")
        : undefined,
  });
}

const configSchema = fields({
  currentContext: z.string().exactOptional(),
  contexts: z
    .array(
      fields({
        name: z.string().regex(/^[A-Za-z0-9][-A-Za-z0-9_.]{0,62}$/u, "expected letters, digits, -, _ and ., at most 63"),
        server: z.string().refine((text) => serverUrl(text) !== undefined, "expected a URL such as https://hub.example.org"),
      }),
    )
    .default([]),
});

/** What the file says; nothing where there is none. @throws CliError ConfigInvalid, with the path and the place; InputUnreadable */
export async function readConfig(path: string): Promise<CliConfig> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT") {
      return { contexts: [] };
    }
    throw new CliError("InputUnreadable", `the config file ${path} cannot be read: ${code}`, { cause: error });
  }
  return check(path, parse(path, text));
}

/** @throws CliError ConfigInvalid */
function check(path: string, value: unknown): CliConfig {
  const { data, error } = configSchema.safeParse(value ?? {});
  if (data === undefined) {
    const details = error.issues.map((issue) => `${issue.path.map(String).join(".") || "it"}: ${issue.message}`);
    throw new CliError("ConfigInvalid", `the config file ${path} is not as expected`, { details });
  }
  return data;
}

function parse(path: string, text: string): unknown {
  const document = parseDocument(text, { version: "1.2", prettyErrors: true, logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new CliError("ConfigInvalid", `the config file ${path} is no YAML: ${error.message.split("\n")[0] ?? ""}`, { cause: error });
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return value;
  } catch (cause) {
    throw new CliError("ConfigInvalid", `the config file ${path} has an alias, which is not read`, { cause });
  }
}

/** Replaces the file as a whole: who reads it meanwhile reads the old one. @throws CliError ConfigInvalid, ConfigUnwritable */
export async function writeConfig(path: string, config: CliConfig): Promise<void> {
  check(path, config);
  const partial = `${path}.${process.pid}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, stringify(config), { mode: MODE });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CliError("ConfigUnwritable", `the config file ${path} cannot be written: ${code}`, { cause: error });
  }
}
