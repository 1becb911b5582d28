/** Keeps what is installed as it was applied, and says how it is doing. */
import { manifestsInstaller, membersOf, observe } from "../deployers/manifests/mod.ts";
import { objectName, type ActionContext } from "../operation/mod.ts";
import { refOf, type KubeObject } from "../kube/mod.ts";
import { AGENT_MANAGER, type Operation, type ServiceInstance } from "../resources/mod.ts";
import { sha256Hex } from "@portolan/shared/json";
import { installedInstaller } from "./installed.ts";
import { installedSituation, restSituation } from "./status.ts";
import { actionContext, writeStatus, type Next, type Turn } from "./turn.ts";
import { valuesOf } from "./values.ts";

/** Objects are watched; this is for what no watch sees, such as health checks over other objects. */
const unhealthyMs = 5_000;
const healthyMs = 300_000;

export async function maintain(turn: Turn): Promise<Next> {
  const { instance, state } = turn;
  const missing = state.secrets.missing;
  const version = instance.status?.version ?? "";
  const definitions = state.kept ?? state.service;
  const installer = installedInstaller(state);
  if (definitions === undefined || installer === undefined) {
    const reason = {
      code: "UnknownVersion",
      message: `no definition of ${version} is known any more, so it cannot be looked after; it stays as it is`,
    };
    await writeStatus(turn, restSituation("Ready", reason, true, missing));
    return { restMs: undefined };
  }
  const values = valuesOf(state, { ...definitions, installers: [installer] }, version);
  if (!values.ok) {
    await writeStatus(turn, restSituation("Ready", { code: "ConfigInvalid", message: values.message }, true, missing));
    return { restMs: undefined };
  }
  const context = actionContext(turn, maintenance(turn), values.scope);
  const members = await membersOf(context, manifestsInstaller(installer));
  const policy = instance.spec.driftPolicy ?? "Correct";
  const observed = await observe(context, members, installer.health, { drift: policy !== "Ignore" });
  if (policy === "Correct" && observed.drifted.length > 0) return await correct(turn, context, observed.drifted);
  const drifted = observed.drifted.map((member) => objectName(refOf(member)));
  // Whether a version was retracted since is told by the catalogs, not by what was kept.
  const current = state.service?.installers.find((each) => each.version === version) ?? installer;
  const inventory = {
    digest: sha256Hex(
      members
        .map((member) => objectName(refOf(member)))
        .toSorted()
        .join("\n"),
    ),
    count: members.length,
  };
  const written = await writeStatus(turn, installedSituation(current, observed, drifted, missing), { inventory });
  if (!isReady(instance) && isReady(written)) turn.events.note(written, "Normal", "Ready", `${version} is installed and ready`);
  return { restMs: isReady(written) ? healthyMs : unhealthyMs };
}

async function correct(turn: Turn, context: ActionContext, drifted: readonly KubeObject[]): Promise<Next> {
  for (const member of drifted) await turn.kube.apply(member, { fieldManager: AGENT_MANAGER, force: true });
  const names = drifted.map((member) => objectName(refOf(member))).join(", ");
  turn.events.note(turn.instance, "Normal", "DriftCorrected", `put back: ${names}`);
  turn.events.tell(turn.instance, { type: "DriftCorrected", message: names.slice(0, 1000) });
  turn.logger.info({ objects: names }, "drift corrected");
  return { again: context.instance };
}

/** Hooks do not run outside of an operation; what renders manifests needs only its place. */
function maintenance({ instance }: Turn): Operation {
  const version = instance.status?.version ?? "";
  return {
    id: "maintenance",
    kind: "Configure",
    plan: [],
    planHash: "",
    generation: 0,
    cursor: { step: 0 },
    startedAt: "",
    message: version,
  };
}

function isReady(instance: ServiceInstance): boolean {
  return instance.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;
}
