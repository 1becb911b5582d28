/** Who may set `spec.version`: the fleet beside the managers that clusters really have, on a real API server. */
import { API_VERSION } from "@portolan/agent/resources";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { KubectlFailed, type Cluster } from "../testbed/fleet/cluster.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { startFleet, type Fleet } from "../testbed/fleet/fleet.ts";
import { ledger, ledgerIn, runs } from "../testbed/fleet/ledger.ts";
import { LEDGER_CATALOG } from "../testbed/fleet/repository.ts";

const ownedSchema = z.object({
  metadata: z.object({
    managedFields: z.array(
      z.object({
        manager: z.string(),
        operation: z.string(),
        fieldsV1: z.object({ "f:spec": z.object({ "f:version": z.unknown() }).partial().optional() }),
      }),
    ),
  }),
});

/** Writes version 1.0.0 of the namespace's instance as someone does. */
type Writer = (cluster: Cluster, namespace: string) => Promise<unknown>;

const object = (namespace: string): object => ledger(namespace, { version: "1.0.0" });
const serverSide =
  (manager?: string): Writer =>
  ({ kubectl }, namespace) =>
    kubectl(
      ["apply", "--server-side", ...(manager === undefined ? [] : [`--field-manager=${manager}`]), "--force-conflicts", "-f", "-"],
      object(namespace),
    );
const update =
  (manager: string): Writer =>
  ({ kubectl }, namespace) =>
    kubectl(["create", `--field-manager=${manager}`, "-f", "-"], object(namespace));
const clientSide =
  (manager: string): Writer =>
  ({ kubectl }, namespace) =>
    kubectl(["apply", `--field-manager=${manager}`, "-f", "-"], object(namespace));

/** Who puts their own version back, by the names and operations that they use. */
const controllers: readonly (readonly [who: string, manager: string, write: Writer])[] = [
  ["flux-kustomize", "kustomize-controller", serverSide("kustomize-controller")],
  ["flux-helm", "helm-controller", update("helm-controller")],
  ["argo-cd", "argocd-controller", clientSide("argocd-controller")],
  ["argo-cd-server-side", "argocd-controller", serverSide("argocd-controller")],
  ["argo-cd-user-agent", "argocd-application-controller", update("argocd-application-controller")],
  ["rancher-fleet", "fleetagent", update("fleetagent")],
  ["sveltos", "application/apply-patch", serverSide("application/apply-patch")],
  ["helm-3", "helm", update("helm")],
  ["helm-4", "helm", serverSide("helm")],
  ["kubectl-server-side", "kubectl", serverSide()],
];

const discovered: Writer = ({ kubectl }, namespace) => kubectl(["create", "-f", "-"], ledger(namespace));

/** People who have set it once. */
const people: readonly (readonly [who: string, manager: string, write: Writer])[] = [
  ["create", "kubectl-create", ({ kubectl }, namespace) => kubectl(["create", "-f", "-"], object(namespace))],
  ["client-side-apply", "kubectl-client-side-apply", ({ kubectl }, namespace) => kubectl(["apply", "-f", "-"], object(namespace))],
  [
    "patch",
    "kubectl-patch",
    async (cluster, namespace) => {
      await discovered(cluster, namespace);
      const patch = `--patch={"spec":{"version":"1.0.0"}}`;
      await cluster.kubectl(["patch", "si/ledger", `--namespace=${namespace}`, "--type=merge", patch]);
    },
  ],
  [
    "edit",
    "kubectl-edit",
    async (cluster, namespace) => {
      await discovered(cluster, namespace);
      const editor = `sed -i "s/^  service: ledger$/  service: ledger\\n  version: 1.0.0/"`;
      await cluster.kubectl(["edit", "si/ledger", `--namespace=${namespace}`], undefined, { KUBE_EDITOR: editor });
    },
  ],
];

describe("the version of an instance", () => {
  let fleet: Fleet<"delft">;
  let cluster: Cluster;

  beforeAll(async () => {
    fleet = await startFleet({ clusters: { delft: LEDGER_CATALOG } });
    cluster = fleet.cluster("delft");
  });
  afterAll(async () => {
    await fleet.stop();
  });
  showLogsOfFailures(() => fleet.programs());

  async function install(namespace: string, write: Writer): Promise<void> {
    await cluster.kubectl(["create", "namespace", namespace]);
    await write(cluster, namespace);
    await cluster.kubectl(["wait", "--for=condition=Ready", "si/ledger", `--namespace=${namespace}`, "--timeout=60s"]);
    await cluster.instances.until(ledgerIn(namespace), "runs 1.0.0", runs("1.0.0"));
    await eventually(
      "the hub knows a way to 2.0.0",
      () => fleet.portolan.plans(["ledger", "2.0.0", `--namespace=${namespace}`]),
      (plans) => plans.length === 1 && plans.every(({ reachable }) => reachable),
    );
  }

  async function upgrade(namespace: string) {
    const { name } = await fleet.portolan.start(["ledger", "2.0.0", `--namespace=${namespace}`]);
    return await fleet.portolan.watch(name);
  }

  /** Why the agent would not do it. */
  async function refusals(namespace: string) {
    const { code, rollout } = await fleet.portolan.check(["ledger", "2.0.0", `--namespace=${namespace}`]);
    return { code, reasons: rollout.targets.flatMap(({ check }) => check?.reasons ?? []) };
  }

  const versionOwners = async (namespace: string): Promise<readonly string[]> => {
    const found = await cluster.kubectl(["get", "si/ledger", `--namespace=${namespace}`, "--show-managed-fields", "-o=json"]);
    const { metadata } = ownedSchema.parse(JSON.parse(found));
    return metadata.managedFields
      .filter(({ fieldsV1 }) => fieldsV1["f:spec"]?.["f:version"] !== undefined)
      .map(({ manager, operation }) => `${manager} ${operation}`);
  };

  const events = async (namespace: string, reason: string): Promise<string> =>
    await cluster.kubectl([
      "get",
      "events",
      `--namespace=${namespace}`,
      `--field-selector=reason=${reason}`,
      "-o=jsonpath={.items[*].message}",
    ]);

  it.each(controllers)("that %s owns is left to it, by name", async (namespace, manager, write) => {
    await install(namespace, write);
    expect(await refusals(namespace)).toMatchObject({
      code: 1,
      reasons: [{ code: "OwnedByOther", message: expect.stringContaining(manager) }],
    });
    expect(await versionOwners(namespace)).toStrictEqual([expect.stringMatching(new RegExp(`^${manager} `, "u"))]);
    await eventually(
      "an Event says so",
      () => events(namespace, "IntentRefused"),
      (note) => note.includes(manager),
    );
  });

  it.each(people)("that a person has set by %s is taken over, and they are named", async (how, manager, write) => {
    const namespace = `person-${how}`;
    await install(namespace, write);
    expect(await versionOwners(namespace)).toStrictEqual([`${manager} Update`]);
    expect(await upgrade(namespace)).toMatchObject({ code: 0, rollout: { phase: "Succeeded" } });
    expect(await versionOwners(namespace)).toStrictEqual(["portolan-hub Apply"]);
    await eventually(
      "an Event says so",
      () => events(namespace, "TakenOver"),
      (note) => note.includes(`taken over from ${manager}`),
    );
  });

  it("that the fleet owns is a conflict for who applies another one, until they insist; then it is theirs", async () => {
    const namespace = "conflict";
    await install(namespace, people[0]?.[2] ?? discovered);
    await upgrade(namespace);
    const apply = (...more: readonly string[]): Promise<string> =>
      cluster.kubectl(["apply", "--server-side", "--field-manager=kustomize-controller", ...more, "-f", "-"], object(namespace));
    await expect(apply()).rejects.toThrow(KubectlFailed);
    await expect(apply()).rejects.toThrow(/conflict with "portolan-hub"/u);
    await apply("--force-conflicts");
    await cluster.instances.until(ledgerIn(namespace), "runs 1.0.0", runs("1.0.0"));
    expect(await refusals(namespace)).toMatchObject({ code: 1, reasons: [{ code: "OwnedByOther" }] });
  });

  it("is waited for by kubectl as by its conditions, and never seen as there too early", async () => {
    const namespace = "waited";
    await install(namespace, people[0]?.[2] ?? discovered);
    const wait = (...more: readonly string[]): Promise<string> =>
      cluster.kubectl(["wait", "si/ledger", `--namespace=${namespace}`, "--timeout=30s", ...more]);
    await cluster.kubectl(["patch", "si/ledger", `--namespace=${namespace}`, "--type=merge", `--patch={"spec":{"version":"9.9.9"}}`]);
    await wait("--for=condition=Stalled");
    await wait("--for=condition=Ready=false");
    await cluster.kubectl(["patch", "si/ledger", `--namespace=${namespace}`, "--type=merge", `--patch={"spec":{"version":"2.0.0"}}`]);
    await wait("--for=condition=Ready");
    expect(await cluster.kubectl(["get", "si/ledger", `--namespace=${namespace}`, "-o=jsonpath={.apiVersion} {.status.version}"])).toBe(
      `${API_VERSION} 2.0.0`,
    );
    const types = await cluster.kubectl(["get", "si/ledger", `--namespace=${namespace}`, "-o=jsonpath={.status.conditions[*].type}"]);
    expect(types.split(" ")).not.toEqual(expect.arrayContaining(["Reconciling"]));
    expect(types.split(" ")).not.toEqual(expect.arrayContaining(["Stalled"]));
  });
});
