/**
 * A service with all that operators in the field bring: definitions and their objects, roles and bindings in several namespaces, a webhook,
 * cluster-scoped objects, and a hook of every kind on the way to its second version. Deployed from manifests or from a chart.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageChart, writeService } from "../helm/charts.ts";
import { customDefinition } from "./custom-definition.ts";

const RBAC = "rbac.authorization.k8s.io";
const VERSIONS = ["1.0.0", "2.0.0"] as const;
type Version = (typeof VERSIONS)[number];

interface EstateObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** The group of an estate's own kinds. */
export function groupOf(name: string): string {
  return `${name}.example.org`;
}

/** The second version stores objects in another form. */
const definition = (name: string, kind: string, plural: string, version: Version): object =>
  customDefinition({ group: groupOf(name), kind, plural, versions: version === "1.0.0" ? ["v1"] : ["v1", "v2"] });

/** A definition that others have to bring, of whose kind an estate has an object. */
export const POLICIES = customDefinition({ group: "others.example.org", kind: "Policy", plural: "policies", versions: ["v1"] });

/** No plural that one could guess. */
const sheep = (name: string, version: Version): object => definition(name, "Sheep", "sheep", version);
const barns = (name: string, version: Version): object => definition(name, "Barn", "barns", version);

/** What is not a definition, and is there in both versions. */
function objects(name: string): readonly EstateObject[] {
  const metadata = { name };
  const account = [{ kind: "ServiceAccount", name, namespace: `${name}s` }];
  const bound = (kind: string, to: string) => ({ apiGroup: RBAC, kind, name: to });
  const app = { app: name };
  return [
    { kind: "ServiceAccount", apiVersion: "v1", metadata },
    {
      kind: "ClusterRole",
      apiVersion: `${RBAC}/v1`,
      metadata,
      rules: [
        { apiGroups: [""], resources: ["nodes"], verbs: ["get", "watch"] },
        { apiGroups: [groupOf(name)], resources: ["sheep", "sheep/status"], resourceNames: ["dora"], verbs: ["patch"] },
        { nonResourceURLs: ["/metrics"], verbs: ["get"] },
      ],
    },
    {
      kind: "ClusterRole",
      apiVersion: `${RBAC}/v1`,
      metadata: { name: `${name}-hands` },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { hands: name } }] },
      rules: [],
    },
    { kind: "ClusterRoleBinding", apiVersion: `${RBAC}/v1`, metadata, roleRef: bound("ClusterRole", name), subjects: account },
    {
      kind: "ClusterRoleBinding",
      apiVersion: `${RBAC}/v1`,
      metadata: { name: `${name}-view` },
      roleRef: bound("ClusterRole", "view"),
      subjects: account,
    },
    {
      kind: "Role",
      apiVersion: `${RBAC}/v1`,
      metadata,
      rules: [{ apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "update"] }],
    },
    { kind: "RoleBinding", apiVersion: `${RBAC}/v1`, metadata, roleRef: bound("Role", name), subjects: account },
    {
      kind: "RoleBinding",
      apiVersion: `${RBAC}/v1`,
      metadata: { name, namespace: "kube-system" },
      roleRef: bound("Role", "extension-apiserver-authentication-reader"),
      subjects: account,
    },
    { kind: "PriorityClass", apiVersion: "scheduling.k8s.io/v1", metadata, value: 1 },
    {
      kind: "ValidatingWebhookConfiguration",
      apiVersion: "admissionregistration.k8s.io/v1",
      metadata,
      webhooks: [
        {
          name: `webhook.${groupOf(name)}`,
          failurePolicy: "Ignore",
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          clientConfig: { url: "https://127.0.0.1:1/" },
          rules: [{ apiGroups: ["nothing.example.org"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["nothings"] }],
        },
      ],
    },
    { kind: "Sheep", apiVersion: `${groupOf(name)}/v1`, metadata: { name: "dolly" } },
    { kind: "Policy", apiVersion: "others.example.org/v1", metadata },
    {
      kind: "Deployment",
      apiVersion: "apps/v1",
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: app },
        template: { metadata: { labels: app }, spec: { containers: [{ name, image: `example.org/${name}` }] } },
      },
    },
  ];
}

/** The roles and bindings of an estate by which rights are passed on, as they are when nobody has bound them yet. */
export function escalations(name: string): readonly EstateObject[] {
  return objects(name).filter(
    ({ kind, ...rest }) => kind.endsWith("Role") || (kind.endsWith("Binding") && !JSON.stringify(rest).includes(`Role","name":"${name}"`)),
  );
}

/** On the way up: what the first version has left, and others have made. */
const hooks = (name: string) => {
  const target = { apiVersion: "apps/v1", kind: "Deployment", name };
  return {
    before: [
      { name: "stop", action: "scale", target, replicas: 0 },
      { name: "forget", action: "delete", target: { apiVersion: "v1", kind: "Service", name: `${name}-former` } },
      { name: "forget-all", action: "delete", target: { apiVersion: "v1", kind: "Endpoints", labels: { season: "last" } } },
      {
        name: "note",
        action: "patch",
        target: { apiVersion: "v1", kind: "ConfigMap", name: `${name}-chronicle` },
        patch: { data: { season: "new" } },
      },
      { name: "announce", action: "apply", manifests: ["manifests/notice.yaml"] },
      { name: "backup", action: "job", job: "manifests/backup.yaml" },
    ],
    after: [
      { name: "sheep", action: "migrateStorage", crd: `sheep.${groupOf(name)}` },
      { name: "barns", action: "migrateStorage", crd: `barns.${groupOf(name)}` },
      { name: "available", action: "wait", target, until: "object.status.availableReplicas == 1" },
    ],
  };
};

/** What others have to have in the namespace before. */
export function surroundings(name: string): readonly object[] {
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${name}-chronicle`, namespace: `${name}s` } },
    { apiVersion: "v1", kind: "Endpoints", metadata: { name: `${name}-former`, namespace: `${name}s`, labels: { season: "last" } } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `${name}-former`, namespace: `${name}s` },
      spec: { ports: [{ port: 80 }] },
    },
  ];
}

const job = (name: string): object => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: `${name}-backup` },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { annotations: { "portolan.test/fails": "${string(config.jobFails)}" } },
      spec: { restartPolicy: "Never", containers: [{ name: "backup", image: "example.org/backup" }] },
    },
  },
});

/** A chart has a definition in its folder for them, and one among its templates. */
async function chartOf(helm: string, name: string, version: Version, dir: string): Promise<object> {
  const folder = join(dir, `${name}-${version}`);
  for (const each of ["templates", "crds"]) await mkdir(join(folder, each), { recursive: true });
  const files: Readonly<Record<string, unknown>> = {
    "Chart.yaml": { apiVersion: "v2", name, version },
    "crds/sheep.yaml": sheep(name, version),
    "templates/barns.yaml": barns(name, version),
    ...Object.fromEntries(objects(name).map((object, index) => [`templates/object-${index}.yaml`, object])),
  };
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), JSON.stringify(content));
  const { digest } = await packageChart(helm, { folder, version, into: join(dir, "charts") });
  return { type: "helm", chart: `file-charts#${name}`, chartVersion: version, digest };
}

/**
 * Writes the service's definition into a catalog. Its instances have its name, in the namespace of its name with an s.
 *
 * @param chart absent: it is deployed from manifests
 */
export async function writeEstate(catalog: string, name: string, chart?: { readonly helm: string; readonly dir: string }): Promise<void> {
  const manifests = {
    ...Object.fromEntries(VERSIONS.flatMap((version) => definitionFiles(name, version))),
    ...Object.fromEntries(objects(name).map((object, index) => [`object-${index}.yaml`, object])),
  };
  const versions = [];
  for (const version of VERSIONS) {
    const files = [...definitionFiles(name, version).map(([file]) => file), ...objects(name).map((_, index) => `object-${index}.yaml`)];
    const deployer =
      chart === undefined
        ? { type: "manifests", manifests: files.map((file) => `manifests/${file}`) }
        : await chartOf(chart.helm, name, version, chart.dir);
    versions.push({ version, deployer });
  }
  await writeService(
    catalog,
    { name, config: { type: "object", properties: { jobFails: { type: "boolean", default: false } } } },
    versions,
    {
      upgraders: {
        "up.yaml": { direction: "upgrade", from: "1.0.0", to: "2.0.0", ...hooks(name) },
        "down.yaml": { direction: "downgrade", from: "2.0.0", to: "1.0.0" },
      },
      manifests: {
        ...(chart === undefined ? manifests : {}),
        "backup.yaml": job(name),
        "notice.yaml": { apiVersion: "v1", kind: "LimitRange", metadata: { name: `${name}-notice` }, spec: { limits: [] } },
      },
    },
  );
}

function definitionFiles(name: string, version: Version): readonly (readonly [file: string, content: object])[] {
  return [
    [`sheep-${version}.yaml`, sheep(name, version)],
    [`barns-${version}.yaml`, barns(name, version)],
  ];
}
