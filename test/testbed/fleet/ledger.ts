/** The instances that the tests work with: of the service `ledger`, each in a namespace of its own. */
import { API_VERSION, SERVICE_INSTANCE_KIND, type ServiceInstance, type ServiceInstanceSpec } from "@portolan/agent/resources";
import { z } from "zod";
import type { Cluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";

export interface LedgerConfig {
  readonly note?: string;
  /** The Job waits for {@link letJobRun}. */
  readonly backupWaits?: boolean;
  readonly schemaWaits?: boolean;
  readonly schemaFails?: boolean;
  /** How long its pods run until they are ready: `3s`. */
  readonly readyAfter?: string;
}

interface LedgerSpec extends Omit<ServiceInstanceSpec, "service" | "config"> {
  readonly config?: LedgerConfig;
}

const NAME = "ledger";

/** An instance (`namespace/name`) of the service of its name, as an object to apply. */
export function instance(key: string, spec: object): object {
  const [namespace, name] = key.split("/");
  return { apiVersion: API_VERSION, kind: SERVICE_INSTANCE_KIND, metadata: { namespace, name }, spec: { service: name, ...spec } };
}

/** The instance of a namespace, as an object to apply. */
export function ledger(namespace: string, spec: LedgerSpec = {}): object {
  return instance(ledgerIn(namespace), spec);
}

/** The key of a namespace's instance. */
export function ledgerIn(namespace: string): string {
  return `${namespace}/${NAME}`;
}

/** Makes the namespace and its instance, and waits until the version is installed and ready. */
export async function installLedger(
  { kubectl, instances }: Pick<Cluster, "kubectl" | "instances">,
  namespace: string,
  spec: LedgerSpec & { readonly version: string },
): Promise<ServiceInstance> {
  await kubectl(["create", "namespace", namespace]);
  await kubectl(["apply", "-f", "-"], ledger(namespace, spec));
  return await instances.until(ledgerIn(namespace), `runs ${spec.version}`, runs(spec.version));
}

/** Sets fields of the instance's spec, as a person with kubectl does. */
export async function patchLedger(
  { kubectl }: Pick<Cluster, "kubectl">,
  namespace: string,
  spec: Partial<ServiceInstanceSpec>,
): Promise<void> {
  await kubectl(["patch", "serviceinstance", NAME, `--namespace=${namespace}`, "--type=merge", `--patch=${JSON.stringify({ spec })}`]);
}

/** Whether an instance is at a version, ready, and has nothing left to do for its present spec. */
export function runs(version: string): (instance: ServiceInstance) => boolean {
  return ({ metadata, spec, status }) =>
    spec.version === version &&
    status?.version === version &&
    status.operation === undefined &&
    status.observedGeneration === metadata.generation &&
    isTrue("Ready")(status);
}

/** Whether the running operation stands at an action of the step to a version, such as `before/backup`. */
export function isAt(version: string, action: string): (instance: ServiceInstance) => boolean {
  return ({ status }) => {
    const { cursor, plan } = status?.operation ?? {};
    return cursor?.action === action && plan?.[cursor.step]?.to === version;
  };
}

function isTrue(type: string): (status: NonNullable<ServiceInstance["status"]>) => boolean {
  return (status) => status.conditions?.some((condition) => condition.type === type && condition.status === "True") === true;
}

/**
 * The actions that an instance's operations went through, in the order in which the cursor named them, such as `2.0.0 before/backup`.
 * One that is run again after a later one stands there twice.
 */
export function actionsOf(states: readonly ServiceInstance[]): readonly string[] {
  const actions = states.flatMap(({ status }) => {
    const { cursor, plan } = status?.operation ?? {};
    return cursor?.action === undefined ? [] : [`${plan?.[cursor.step]?.to} ${cursor.action}`];
  });
  return actions.filter((action, index) => action !== actions[index - 1]);
}

/** A Deployment or a Job in an instance's namespace. */
export interface LedgerObject {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly image: string;
  /** Of a Job: its pods that have succeeded. */
  readonly succeeded: number;
}

const objectListSchema = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({ name: z.string(), uid: z.string() }),
      spec: z.object({ template: z.object({ spec: z.object({ containers: z.tuple([z.object({ image: z.string() })]) }) }) }),
      status: z.object({ succeeded: z.number().default(0) }),
    }),
  ),
});

/** The Deployments, then the Jobs of a namespace, each ordered by their images, which name the versions. */
export async function ledgerObjects({ kubectl }: Pick<Cluster, "kubectl">, namespace: string): Promise<readonly LedgerObject[]> {
  const { items } = objectListSchema.parse(JSON.parse(await kubectl(["get", "deployments,jobs", `--namespace=${namespace}`, "-o=json"])));
  return items
    .map(({ kind, metadata: { name, uid }, spec, status }) => ({
      kind,
      name,
      uid,
      image: spec.template.spec.containers[0].image,
      succeeded: status.succeeded,
    }))
    .toSorted((a, b) => a.kind.localeCompare(b.kind) || a.image.localeCompare(b.image));
}

/** Resumes the Job of an instance's hook that waits: the one that does already, or the next one. */
export async function letJobRun({ kubectl }: Pick<Cluster, "kubectl">, namespace: string): Promise<void> {
  const [waiting] = await eventually(
    `a Job waits in ${namespace}`,
    async () =>
      (await kubectl(["get", "jobs", `--namespace=${namespace}`, `-o=jsonpath=${SUSPENDED_JOBS}`]))
        .split(" ")
        .filter((name) => name !== ""),
    (names) => names.length > 0,
  );
  await kubectl(["patch", `job/${waiting}`, `--namespace=${namespace}`, "--type=merge", '--patch={"spec":{"suspend":false}}']);
}

const SUSPENDED_JOBS = "{.items[?(@.spec.suspend==true)].metadata.name}";

/** What each step consists of. Back to 1.0.0 no hook runs: it is like its installation. */
const INSTALL = ["deploy", "ready"];
export const TO_1 = INSTALL.map((action) => `1.0.0 ${action}`);
export const TO_2 = ["before/backup", ...INSTALL].map((action) => `2.0.0 ${action}`);
export const TO_3 = ["before/delete-server", ...INSTALL, "after/schema"].map((action) => `3.0.0 ${action}`);
export const BACK_TO_2 = ["before/delete-server", ...INSTALL].map((action) => `2.0.0 ${action}`);
