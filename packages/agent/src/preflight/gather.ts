/** Gathers what is judged before a plan begins: reads, asks for permissions, and applies without storing anything. Changes nothing. */
import { ExpressionError } from "@portolan/shared/expression";
import { HelmError, type HelmRelease } from "../deployers/helm/mod.ts";
import { DuplicateMemberError, isNewerDefinition } from "../deployers/manifests/mod.ts";
import type { Deployers } from "../deployers/mod.ts";
import { ManifestError } from "../deployers/render.ts";
import {
  isForbidden,
  isNoKindMatch,
  KubeError,
  refOf,
  type KindRef,
  type KubeClient,
  type KubeObject,
  type ObjectRef,
  type ResourceAccess,
} from "../kube/mod.ts";
import type { ActionContext } from "../operation/mod.ts";
import { AGENT_MANAGER, labels } from "../resources/mod.ts";
import { neededAccesses } from "./accesses.ts";
import { appliersOf } from "./appliers.ts";
import { inParallel } from "./in-parallel.ts";
import { broughtKinds } from "./known-kinds.ts";
import {
  kindId,
  type Evidence,
  type Finding,
  type KnownKind,
  type LiveObject,
  type PlannedStep,
  type StepWork,
  type Refused,
  type Trial,
} from "./model.ts";
import { stepWork } from "./step-work.ts";

const nothingTried: Pick<Evidence, "live" | "trials"> = { live: [], trials: [] };

/** Questions at once: a plan may need hundreds, and others want to be served too. */
const atOnce = 8;
/** Objects at once: of each two things are asked. */
const objectsAtOnce = 4;

export interface PreflightRequest {
  /** The agent's own. */
  readonly own: KubeClient;
  /** Of the account that will do the work. */
  readonly kube: KubeClient;
  /** Its name for the API server, where it is another one than the agent's. */
  readonly account?: string;
  readonly deployers: Deployers;
  /** What a step's deployer renders with. */
  readonly contextOf: (step: PlannedStep) => ActionContext;
  readonly applySetId: string;
  readonly instanceName: string;
  readonly targetNamespace: string;
  readonly steps: readonly PlannedStep[];
}

/** @throws KubeError when the API server cannot be asked */
export async function gatherEvidence(request: PreflightRequest): Promise<Evidence> {
  const { kube, account, applySetId, targetNamespace } = request;
  const rendered = await inParallel(request.steps, 1, async (step) => await renderStep(request, step));
  const steps = rendered.flatMap(({ work }) => (work === undefined ? [] : [work]));
  const unrendered = rendered.flatMap(({ finding }) => (finding === undefined ? [] : [finding]));
  const kinds = await knownKinds(kube, steps);
  const [first] = steps;
  // At once: an intent waits for all of it.
  const [denied, tried] = await Promise.all([
    deniedAccesses(kube, steps, kinds, targetNamespace),
    first === undefined || unrendered.length > 0 ? nothingTried : tryObjects(request, first, kinds),
  ]);
  // What cannot be rendered or is not allowed is to be mended first, and says why the rest was refused. All that is not allowed is more
  // than what helm has met first.
  const told = denied.length > 0 ? unrendered.filter(({ code }) => code !== "MissingPermissions") : unrendered;
  const base = { instanceId: applySetId, ...(account === undefined ? {} : { account }), steps, unrendered: told, kinds, denied };
  return { ...base, ...(denied.length > 0 ? nothingTried : tried) };
}

async function renderStep(
  { deployers, contextOf }: PreflightRequest,
  step: PlannedStep,
): Promise<{ readonly work?: StepWork; readonly finding?: Finding }> {
  const where = `step to ${step.to}: `;
  try {
    const rendered = await deployers.for(step.installer).render(contextOf(step), step.installer);
    const { forbidden } = rendered;
    return {
      work: stepWork(step, rendered),
      ...(forbidden === undefined ? {} : { finding: { code: "MissingPermissions", message: where + forbidden.message } }),
    };
  } catch (error) {
    if (error instanceof ExpressionError) return { finding: { code: "TemplateFailed", message: where + error.message } };
    // Of charts also what may pass: it is told, and looked at again.
    if (error instanceof ManifestError || error instanceof DuplicateMemberError || error instanceof HelmError) {
      return { finding: { code: error.code, message: where + error.message } };
    }
    throw error;
  }
}

async function knownKinds(kube: KubeClient, steps: readonly StepWork[]): Promise<ReadonlyMap<string, KnownKind>> {
  const kinds = new Map(broughtKinds(steps));
  const used = new Map(
    steps.flatMap((step) => step.needs).map(({ apiVersion, kind }) => [kindId({ apiVersion, kind }), { apiVersion, kind }]),
  );
  await inParallel([...used.values()], atOnce, async (kind) => {
    const served = await servedKind(kube, kind);
    if (served !== undefined) kinds.set(kindId(kind), served);
  });
  return kinds;
}

async function servedKind(kube: KubeClient, { apiVersion, kind }: KindRef): Promise<KnownKind | undefined> {
  try {
    const { plural, namespaced } = await kube.resourceFor(apiVersion, kind);
    return { plural, namespaced };
  } catch (error) {
    if (isNoKindMatch(error)) return undefined;
    throw error;
  }
}

async function deniedAccesses(
  kube: KubeClient,
  steps: readonly StepWork[],
  kinds: ReadonlyMap<string, KnownKind>,
  targetNamespace: string,
): Promise<readonly ResourceAccess[]> {
  // One question spares hundreds where the account may do everything.
  if (await kube.isAllowed({ verb: "*", group: "*", resource: "*" })) return [];
  const needed = neededAccesses(steps, kinds, targetNamespace);
  const denied = await inParallel(needed, atOnce, async ({ access, names }): Promise<readonly ResourceAccess[]> => {
    if (await kube.isAllowed(access)) return [];
    // A role may name the objects. No role can do so for what is created.
    if (names.has(undefined) || access.verb === "create") return [access];
    const each = [...names].filter((name) => name !== undefined).map((name) => ({ ...access, name }));
    const refused = await inParallel(each, 1, async (one) => ((await kube.isAllowed(one)) ? [] : [one]));
    return refused.every((one) => one.length > 0) ? [access] : refused.flat();
  });
  return denied.flat();
}

/** Applies the first step's objects as the step will, as far as they can be told from how the cluster is now. */
async function tryObjects(
  { own, kube, instanceName, targetNamespace }: PreflightRequest,
  { objects }: StepWork,
  kinds: ReadonlyMap<string, KnownKind>,
): Promise<Pick<Evidence, "live" | "trials">> {
  const placed = objects.flatMap((object) => place(object, kinds.get(kindId(object)), targetNamespace));
  const namespaces = new Map<string, Promise<boolean>>();
  const isAbsent = async (name: string): Promise<boolean> => {
    const known = namespaces.get(name) ?? read(own, { apiVersion: "v1", kind: "Namespace", name }).then((found) => found === "absent");
    namespaces.set(name, known);
    return await known;
  };
  const looked = await inParallel(
    placed,
    objectsAtOnce,
    async (object): Promise<{ readonly live?: LiveObject; readonly trial?: Trial }> => {
      const { namespace } = object.metadata;
      // Together, as an intent waits for them. What is tried in a namespace that is not there yet says nothing.
      const [absent, found, refusal] = await Promise.all([
        namespace !== undefined && isAbsent(namespace),
        read(kube, refOf(object)),
        tryToApply(kube, object),
      ]);
      if (absent) return {};
      const exists = typeof found === "object";
      const live = exists ? { live: liveObject(found, { name: instanceName, namespace: targetNamespace }) } : {};
      // It will be left as it is.
      if (exists && isNewerDefinition(found, object)) return live;
      return { ...live, trial: { ref: refOf(object), exists, ...(refusal === undefined ? {} : { refusal }) } };
    },
  );
  return {
    live: looked.flatMap(({ live }) => (live === undefined ? [] : [live])),
    trials: looked.flatMap(({ trial }) => (trial === undefined ? [] : [trial])),
  };
}

/** With its namespace; nothing for kinds that are not served yet. */
function place(object: KubeObject, kind: KnownKind | undefined, targetNamespace: string): readonly KubeObject[] {
  if (kind === undefined || kind.broughtBy !== undefined) return [];
  const { namespace = targetNamespace, ...metadata } = object.metadata;
  return [{ ...object, metadata: kind.namespaced ? { ...metadata, namespace } : metadata }];
}

async function read(kube: KubeClient, ref: ObjectRef): Promise<KubeObject | "absent" | "hidden"> {
  try {
    return (await kube.get(ref, { metadataOnly: true })) ?? "absent";
  } catch (error) {
    // Whether that matters, the permissions say.
    if (isForbidden(error)) return "hidden";
    throw error;
  }
}

function liveObject(object: KubeObject, release: HelmRelease): LiveObject {
  const instanceId = object.metadata.labels?.[labels.instance];
  return { ref: refOf(object), ...(instanceId === undefined ? {} : { instanceId }), appliers: appliersOf(object, release) };
}

/** Why the API server would not take an object, if it would not. */
async function tryToApply(kube: KubeClient, object: KubeObject): Promise<Refused | undefined> {
  try {
    await kube.apply(object, { fieldManager: AGENT_MANAGER, force: true, fieldValidation: "Strict", dryRun: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason === "ConnectionFailed") throw error;
    const { status, reason, detail, causes } = error;
    return { status, reason, detail, causes };
  }
}
