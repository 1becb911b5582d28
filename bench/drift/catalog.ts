/** Services of ConfigMaps, deployed from manifests and from a chart, each in a small and a large size. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageChart, writeService } from "../../test/testbed/helm/charts.ts";

const VERSION = "1.0.0";
export const OBJECTS_EACH = { small: 20, large: 100 } as const;

export interface DriftService {
  readonly name: string;
  readonly deployer: "manifests" | "helm";
  readonly objects: number;
  /** Of its instances, which have the service's name. */
  readonly namespaces: readonly string[];
}

const service = (name: string, deployer: DriftService["deployer"], objects: number, instances: number): DriftService => ({
  name,
  deployer,
  objects,
  namespaces: Array.from({ length: instances }, (_, index) => `${name}-${index}`),
});

export const SERVICES: readonly DriftService[] = [
  service("pamphlet", "manifests", OBJECTS_EACH.small, 5),
  service("ledger", "manifests", OBJECTS_EACH.large, 2),
  service("chart", "helm", OBJECTS_EACH.small, 5),
  service("atlas", "helm", OBJECTS_EACH.large, 2),
];

/** Writes `catalog/`, and `charts/` with the archives. */
export async function writeDriftCatalog(dir: string, helm: string): Promise<void> {
  await mkdir(join(dir, "charts"));
  for (const { name, deployer, objects } of SERVICES) {
    const manifests = Object.fromEntries(Array.from({ length: objects }, (_, index) => [`${index}.yaml`, configMap(name, index)]));
    const files = Object.keys(manifests);
    const from =
      deployer === "manifests"
        ? { type: "manifests", manifests: files.map((file) => `manifests/${file}`) }
        : { type: "helm", chart: `file-charts#${name}`, chartVersion: VERSION, digest: await packaged(dir, helm, name, manifests) };
    await writeService(
      join(dir, "catalog"),
      { name, config: { type: "object" } },
      [{ version: VERSION, deployer: from }],
      deployer === "manifests" ? { manifests } : {},
    );
  }
}

async function packaged(dir: string, helm: string, name: string, templates: Readonly<Record<string, object>>): Promise<string> {
  const folder = join(dir, name);
  await mkdir(join(folder, "templates"), { recursive: true });
  await writeFile(join(folder, "Chart.yaml"), JSON.stringify({ apiVersion: "v2", name, version: VERSION }));
  for (const [file, template] of Object.entries(templates)) await writeFile(join(folder, "templates", file), JSON.stringify(template));
  const { digest } = await packageChart(helm, { folder, version: VERSION, into: join(dir, "charts") });
  return digest;
}

function configMap(name: string, index: number): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${name}-${index}` }, data: { text: "as applied" } };
}
