/** The services of the footprint's instances, as people have them: one of manifests of several kinds, and one from a chart. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { packageChart, writeService } from "../../test/testbed/helm/charts.ts";

export const APP = "app";
export const CHART = "beacon";
/** The Secret of each instance of {@link APP}. */
export const LOGIN = "login";
/** Of both services, with a way up and a way down. */
export const VERSIONS = ["1.0.0", "2.0.0"] as const;
/** Of {@link APP}: the way to it fails. */
export const BROKEN_VERSION = "3.0.0";
/** A ConfigMap of every instance of {@link APP}. */
export const SETTINGS = "object-0";

/** @param helm packages the chart; absent: there is no such service */
export async function writeFootprintCatalog(dir: string, objectsEach: number, helm: string | undefined): Promise<void> {
  const catalog = join(dir, "catalog");
  const files = Object.fromEntries(Array.from({ length: objectsEach }, (_, index) => [`${index}.yaml`, objectOf(index)]));
  const deployer = { type: "manifests", manifests: Object.keys(files).map((file) => `manifests/${file}`) };
  const never = { apiVersion: "v1", kind: "ConfigMap", name: "never" };
  await writeService(
    catalog,
    { name: APP, config: { type: "object" }, secrets: [{ name: LOGIN, keys: ["password"] }] },
    [...VERSIONS, BROKEN_VERSION].map((version) => ({ version, deployer })),
    {
      manifests: files,
      upgraders: {
        "up.yaml": { direction: "upgrade", from: "1.0.0", to: "2.0.0", before: [{ name: "backup", action: "job", job: BACKUP }] },
        "down.yaml": { direction: "downgrade", from: "2.0.0", to: "1.0.0" },
        "broken.yaml": {
          direction: "upgrade",
          from: "<3.0.0",
          to: BROKEN_VERSION,
          before: [{ name: "never", action: "wait", target: never, until: "object != null", timeoutSeconds: 1 }],
        },
      },
    },
  );
  if (helm === undefined) return;
  const charts = join(dir, "charts");
  await mkdir(charts);
  const versions = [];
  for (const version of VERSIONS) {
    const { digest } = await packageChart(helm, { folder: CHART, version, into: charts });
    versions.push({ version, deployer: { type: "helm", chart: `file-charts#${CHART}`, chartVersion: version, digest } });
  }
  await writeService(catalog, { name: CHART, config: { type: "object" } }, versions);
}

const BACKUP = {
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "example.org/backup:${release.version}" }] } } },
};

/** Of ten objects four are ConfigMaps, and two each Deployments, Secrets and Services. */
function objectOf(index: number): object {
  const metadata = { name: `object-${index}`, labels: { version: "${release.version}" } };
  const app = `object-${index}`;
  switch (index % 5) {
    case 1:
      return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata,
        spec: {
          replicas: 1,
          selector: { matchLabels: { app } },
          template: {
            metadata: { labels: { app } },
            spec: { containers: [{ name: "main", image: "example.org/app:${release.version}" }] },
          },
        },
      };
    case 2:
      return { apiVersion: "v1", kind: "Secret", metadata, stringData: { password: "${secrets.login.password}" } };
    case 3:
      return { apiVersion: "v1", kind: "Service", metadata, spec: { selector: { app }, ports: [{ port: 80 }] } };
    default:
      return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { version: "${release.version}" } };
  }
}
