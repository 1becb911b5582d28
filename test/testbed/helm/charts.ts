/** Charts of the fixtures as archives, and a catalog whose versions are deployed from them. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "@portolan/simulator/program-cache";
import { REPOSITORY } from "../fleet/repository.ts";

const CHARTS = join(REPOSITORY, "test/fixtures/charts");

export interface Packaged {
  readonly version: string;
  readonly file: string;
  /** `sha256:…` */
  readonly digest: string;
}

/** Packages a chart in a version, by default one of the fixtures. */
export async function packageChart(
  helm: string,
  { folder, version, into }: { readonly folder: string; readonly version: string; readonly into: string },
): Promise<Packaged> {
  const source = folder.startsWith("/") ? folder : join(CHARTS, folder);
  const { code, stdout, stderr } = await runCommand(helm, ["package", source, `--version=${version}`, `--destination=${into}`]);
  if (code !== 0) throw new Error(`helm package ended with ${code}: ${stderr}`);
  const file = stdout.trim().split(": ").at(-1) ?? "";
  return {
    version,
    file,
    digest: `sha256:${createHash("sha256")
      .update(await readFile(file))
      .digest("hex")}`,
  };
}

/** Packages a chart of nothing but templates: by the names of their files, as objects or as text. */
export async function packageTemplates(
  helm: string,
  {
    name,
    version,
    templates,
    into,
  }: { readonly name: string; readonly version: string; readonly templates: Templates; readonly into: string },
): Promise<Packaged> {
  const folder = await mkdtemp(join(tmpdir(), "portolan-chart-"));
  await mkdir(join(folder, "templates"));
  await writeFile(join(folder, "Chart.yaml"), JSON.stringify({ apiVersion: "v2", name, version }));
  for (const [file, content] of Object.entries(templates)) {
    await writeFile(join(folder, "templates", file), typeof content === "string" ? content : JSON.stringify(content));
  }
  const packaged = await packageChart(helm, { folder, version, into });
  await rm(folder, { recursive: true });
  return packaged;
}

export type Templates = Readonly<Record<string, object | string>>;

/** A version of a service, as its file in the catalog. */
export interface ChartVersion {
  readonly version: string;
  readonly deployer: object;
  readonly values?: object;
  readonly requires?: readonly object[];
}

/** What else of a service's folder there is, by the names of the files. */
export interface ServiceFiles {
  /** Absent: all versions lead to each other. */
  readonly upgraders?: Readonly<Record<string, object>>;
  readonly manifests?: Readonly<Record<string, object>>;
}

const EVERY_WAY: Readonly<Record<string, object>> = {
  "up.yaml": { direction: "upgrade", from: "*", to: "*" },
  "down.yaml": { direction: "downgrade", from: "*", to: "*" },
};

/** Writes the definition of a service. JSON is YAML. */
export async function writeService(
  catalog: string,
  service: {
    readonly name: string;
    readonly config: object;
    readonly scope?: "Cluster" | "Namespace";
    readonly secrets?: readonly object[];
    readonly examples?: readonly object[];
  },
  versions: readonly ChartVersion[],
  { upgraders = EVERY_WAY, manifests = {} }: ServiceFiles = {},
): Promise<void> {
  const folder = join(catalog, service.name);
  await Promise.all(["installers", "upgraders", "manifests"].map((name) => mkdir(join(folder, name), { recursive: true })));
  const write = async (file: string, content: object): Promise<void> => await writeFile(join(folder, file), JSON.stringify(content));
  await write("service.yaml", { title: service.name, description: "For tests.", scope: "Namespace", ...service });
  for (const version of versions) await write(`installers/${version.version}.yaml`, version);
  for (const [file, upgrader] of Object.entries(upgraders)) await write(`upgraders/${file}`, upgrader);
  for (const [file, manifest] of Object.entries(manifests)) await write(`manifests/${file}`, manifest);
}
