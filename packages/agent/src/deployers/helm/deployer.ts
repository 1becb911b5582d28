/**
 * Deploys charts with helm. It looks at the release, takes one action, and is asked again: nothing here waits for helm, which may work
 * for minutes.
 */
import type { HelmDeployer as HelmDefinition, Installer, ServiceDefinition } from "@portolan/shared/catalog";
import { applySettled } from "../../drift/mod.ts";
import type { RightToAct } from "../../leadership/mod.ts";
import { refOf, type KubeClient, type KubeObject, type ObjectRef } from "../../kube/mod.ts";
import type { ActionContext, Outcome } from "../../operation/mod.ts";
import type { Deployer, Observation, RemovalContext, Rendered } from "../deployer.ts";
import { UnsupportedDeployerError } from "../deployers.ts";
import { kindsOf, memberKinds, observeMembers, termsFor, union, writeParent } from "../manifests/mod.ts";
import { adopt } from "./actions/adopt.ts";
import { handOver, moveOut } from "./actions/hand-over.ts";
import { test } from "./actions/test.ts";
import { orphan, uninstall } from "./actions/uninstall.ts";
import { unlock } from "./actions/unlock.ts";
import { upgrade } from "./actions/upgrade.ts";
import type { ReleaseTarget } from "./arguments.ts";
import { ChartAccess } from "./chart-access.ts";
import { Charts, type ChartSettings } from "./charts.ts";
import { failureOf, HelmError } from "./errors.ts";
import { FolderDefinitions } from "./folder-definitions.ts";
import { endOfHookLog } from "./hook-log.ts";
import { leftBehindIn, type LeftBehind } from "./left-behind.ts";
import { appliedFor } from "./crds.ts";
import { handOverLeft } from "./kept-members.ts";
import { historyOf, inTheirNamespaces, membersOf, namespacesElsewhere, namespacesOf, releaseOf } from "./look.ts";
import { asHelmWrites, HELM_MANAGER, requireDistinct } from "./manifest.ts";
import { markMembers } from "./members.ts";
import { PostRenderer } from "./post-renderer.ts";
import { HelmProcesses } from "./processes.ts";
import { ignoreLabel, type Release, type Revision } from "./release.ts";
import { renderChart } from "./rendering.ts";
import { determineState, heldUntil, type DeployedState, type Desired } from "./state.ts";
import { traces } from "./traces.ts";
import { keyOf, redactorOf, stampOf, targetOf, type ChartWish, type HelmTools } from "./tools.ts";

export interface HelmSettings {
  /** Path of helm 4, or its name on PATH. */
  readonly program: string;
  /** Absent: KUBECONFIG, or the file in the home folder. */
  readonly kubeconfig?: string;
  /** A folder of this agent alone: what it has started, and helm's own files. */
  readonly state: string;
  readonly charts: ChartSettings;
  /** helm writes by itself, past what holds back the agent's own requests. Absent: there is no other agent that could begin. */
  readonly right?: RightToAct;
}

export interface HelmDeployerOptions extends HelmSettings {
  readonly kube: KubeClient;
  /** Where Secrets with credentials of private charts are: the agent's own namespace. */
  readonly namespace: string;
  readonly now?: () => number;
}

/** A look ahead cannot say that it waits: it takes the time that a pull usually needs. */
const renderPatienceMs = 10_000;

export class HelmDeployer implements Deployer {
  readonly #tools: HelmTools;
  readonly #leftBehind: LeftBehind;
  /** What the last run for a step came to, by release: it is told while the next one runs. */
  readonly #lastFailures = new Map<string, { readonly stamp: string; readonly message: string }>();

  constructor({ program, kubeconfig, state, charts, right, kube, namespace, now = Date.now }: HelmDeployerOptions) {
    this.#leftBehind = leftBehindIn(`${state}/running`);
    const homes = { HELM_CACHE_HOME: `${state}/cache`, HELM_CONFIG_HOME: `${state}/config`, HELM_DATA_HOME: `${state}/data` };
    const processes = new HelmProcesses({
      program,
      env: { ...homes, HELM_DRIVER: "secret", HELM_PLUGINS: `${state}/plugins` },
      leftBehind: this.#leftBehind,
      ...(right === undefined ? {} : { right }),
    });
    this.#tools = {
      processes,
      charts: new Charts(charts, processes, new ChartAccess(kube, namespace)),
      folderDefinitions: new FolderDefinitions(processes),
      postRenderer: new PostRenderer(`${state}/plugins`),
      kubeconfig,
      now,
    };
  }

  async render(context: ActionContext, installer: Installer): Promise<Rendered> {
    const deployer = helmOf(installer);
    const chart = await this.#tools.charts.archive(deployer, renderPatienceMs);
    if (chart === "pulling") throw new HelmError("ChartUnavailable", `the chart of ${installer.version} is being pulled`);
    const rendered = await renderChart(this.#tools, context, chart.path, deployer);
    const objects = requireDistinct(rendered.objects, context.targetNamespace);
    return { ...rendered, objects: objects.map((object) => appliedFor(object, installer.version)) };
  }

  async deploy(context: ActionContext, installer: Installer): Promise<Outcome> {
    const target = targetOf(this.#tools, context);
    const wish = { deployer: helmOf(installer), version: installer.version };
    const running = await this.#collectTold(context, target, wish);
    if (running !== undefined) return { state: "waiting", message: running };
    await this.#leftBehind.gone;
    const seen = await this.#look(context, target, wish.deployer);
    const { state, history } = seen;
    switch (state.state) {
      case "Absent":
      case "OutOfSync":
        return await this.#upgrade(context, target, wish, seen);
      case "Failed":
        return await this.#upgrade(context, target, wish, seen, state.isFirst);
      case "Locked":
        return await this.#unlock(context, target, state.revision, history);
      case "Unmanaged":
        return await this.#takeOver(context, target, state, wish);
      case "InSync":
        return await this.#finish(context, target, state.release, installer.version);
    }
  }

  /** Only when the service runs where it is wished, what it has left in other namespaces goes. */
  async #finish(context: ActionContext, target: ReleaseTarget, release: Release | undefined, version: string): Promise<Outcome> {
    const outcome = await finish(context, target, release, version);
    if (outcome.state !== "done" || release === undefined) return outcome;
    const kept = async () => await membersOf(context, release);
    for (const namespace of await namespacesElsewhere(context)) {
      const there = await this.#handOver({ ...context, targetNamespace: namespace }, kept, moveOut);
      if (there.state !== "done") return there;
    }
    return outcome;
  }

  async handOver(context: ActionContext, kept: () => Promise<readonly KubeObject[]>): Promise<Outcome> {
    const here = async () => await inTheirNamespaces(context, await kept());
    for (const namespace of await namespacesOf(context)) {
      const outcome = await this.#handOver({ ...context, targetNamespace: namespace }, here, handOver);
      if (outcome.state !== "done") return outcome;
    }
    return { state: "done", object: `the release ${context.instance.metadata.name}` };
  }

  async #handOver(context: ActionContext, kept: () => Promise<readonly KubeObject[]>, leave: typeof handOver): Promise<Outcome> {
    const target = targetOf(this.#tools, context);
    await this.#leftBehind.gone;
    const { processes } = this.#tools;
    const key = keyOf(target);
    if (processes.runOf(key)?.state === "running") {
      processes.interrupt(key);
      return { state: "waiting", message: `helm still works on the release ${key}` };
    }
    processes.forget(key);
    return await leave(context, target, kept);
  }

  async test(context: ActionContext, installer: Installer): Promise<Outcome> {
    const target = targetOf(this.#tools, context);
    await this.#leftBehind.gone;
    const { release } = await this.#look(context, target, helmOf(installer));
    if (release === undefined) return { state: "waiting", message: `the release ${keyOf(target)} is gone` };
    return await test(this.#tools, context, target, release);
  }

  async observe(context: ActionContext, installer: Installer, look: { readonly drift: boolean }): Promise<Observation> {
    const target = targetOf(this.#tools, context);
    const running = this.#collect(context, target);
    if (running !== undefined) return unseen(running);
    const { state, history } = await this.#look(context, target, helmOf(installer));
    if (state.state !== "InSync") return notDeployed(target, state, heldUntil(history, context.applySetId));
    const members = await membersOf(context, state.release);
    for (const { apiVersion, kind } of members) context.watchKind(apiVersion, kind);
    const wanted = members.map((member) => asHelmWrites(member, target));
    return await observeMembers(context, wanted, installer.health, { ...look, terms: termsFor(context.instance, HELM_MANAGER) });
  }

  /**
   * An object is put back by applying it as helm does: a `helm upgrade` for it would add a revision and run the chart's hooks. A release
   * that others have changed is upgraded.
   */
  async correct(context: ActionContext, installer: Installer, drifted: readonly ObjectRef[]): Promise<void> {
    const target = targetOf(this.#tools, context);
    const { release, history, desired } = await this.#look(context, target, helmOf(installer));
    const members = release === undefined ? [] : await membersOf(context, release);
    const names = new Set(members.map((member) => nameOf(refOf(member))));
    const state = determineState({ history, latest: release, drifted: drifted.filter((ref) => names.has(nameOf(ref))) }, desired);
    switch (state.state) {
      // The release itself had drifted, and somebody else was faster.
      case "InSync":
        return;
      case "Drifted": {
        const changed = new Set(state.objects.map(nameOf));
        const objects = members.filter((member) => changed.has(nameOf(refOf(member))));
        await this.#putBack(context, target, objects, installer.version);
        return;
      }
      case "Absent":
      case "Unmanaged":
      case "Locked":
      case "Failed":
      case "OutOfSync":
        await this.#bringBack(context, installer);
    }
  }

  async #putBack(context: ActionContext, target: ReleaseTarget, members: readonly KubeObject[], version: string): Promise<void> {
    for (const member of members) await applySettled(context.kube, asHelmWrites(member, target), termsFor(context.instance, HELM_MANAGER));
    await markMembers(context.kube, members, context.applySetId, version);
  }

  async #bringBack(context: ActionContext, installer: Installer): Promise<void> {
    const outcome = await this.deploy(context, installer);
    if (outcome.state === "failed") throw new HelmError("HelmFailed", outcome.message);
  }

  async uninstall(context: RemovalContext): Promise<number> {
    await this.#leftBehind.gone;
    return await uninstall(this.#tools, context);
  }

  async orphan(context: RemovalContext): Promise<void> {
    await orphan(this.#tools, context);
  }

  async traces(context: RemovalContext, service: ServiceDefinition): Promise<readonly string[]> {
    return await traces(this.#tools, context, service);
  }

  async stop(): Promise<void> {
    await this.#tools.processes.stop();
    this.#tools.postRenderer.stop();
  }

  /** What helm is at; reads what it came to when it has ended. @throws HelmError when it has failed for this step */
  #collect(context: ActionContext, target: ReleaseTarget): string | undefined {
    const { processes, now } = this.#tools;
    const key = keyOf(target);
    const run = processes.runOf(key);
    if (run === undefined) return undefined;
    const stamp = stampOf(context);
    if (run.state === "running") {
      // What another operation has begun must not go on: it was given up.
      if (run.stamp !== stamp) processes.interrupt(key);
      return this.#withLastFailure(key, stamp, `helm ${run.command} has been running for ${Math.round((now() - run.startedAt) / 1000)} s`);
    }
    processes.forget(key);
    this.#lastFailures.delete(key);
    if (run.stamp !== stamp || run.result.code === 0) return undefined;
    const failure = failureOf(run.command, redactorOf(context)(run.result.stderr));
    if (!failure.lasting) this.#lastFailures.set(key, { stamp, message: failure.message });
    throw failure;
  }

  /** The same; where a hook has failed, the error tells what that has said last: often the only place where the reason stands. */
  async #collectTold(context: ActionContext, target: ReleaseTarget, wish: ChartWish): Promise<string | undefined> {
    try {
      return this.#collect(context, target);
    } catch (error) {
      if (!(error instanceof HelmError) || error.code !== "HookFailed") throw error;
      const { release } = await this.#look(context, target, wish.deployer);
      const told = await Promise.all((release?.failedHooks ?? []).map(async (hook) => await endOfHookLog(context, hook)));
      throw new HelmError(error.code, `${error.message}${told.join("")}`, { cause: error });
    }
  }

  async #upgrade(context: ActionContext, target: ReleaseTarget, wish: ChartWish, seen: Seen, installsAnew = false): Promise<Outcome> {
    const outcome = await upgrade(this.#tools, context, target, wish, { ...seen, installsAnew });
    if (outcome.state !== "waiting") return outcome;
    return { ...outcome, message: this.#withLastFailure(keyOf(target), stampOf(context), outcome.message) };
  }

  /** Why it is tried again: a step that takes too long ends with what it waits for. */
  #withLastFailure(release: string, stamp: string, message: string): string {
    const last = this.#lastFailures.get(release);
    return last?.stamp === stamp ? `${message}; it was tried before: ${last.message}` : message;
  }

  async #look(context: ActionContext, target: ReleaseTarget, deployer: HelmDefinition): Promise<Seen> {
    const { charts } = this.#tools;
    // A release changes with its newest Secret, also when people use helm.
    context.watchKind("v1", "Secret");
    const history = await historyOf(context.own, target);
    const [newest] = history;
    const release = newest === undefined ? undefined : await releaseOf(context.kube, target, newest);
    const desired = {
      instance: context.applySetId,
      chartName: charts.nameOf(deployer),
      chartVersion: deployer.chartVersion,
      digest: charts.digestOf(deployer),
      values: context.values,
      ignored: ignoreLabel(context.instance.spec.driftIgnore ?? []),
    };
    return { state: determineState({ history, latest: release }, desired), release, history, desired };
  }

  async #unlock(context: ActionContext, target: ReleaseTarget, revision: Revision, history: readonly Revision[]): Promise<Outcome> {
    const until = heldUntil(history, context.applySetId);
    if (until !== undefined && this.#tools.now() < until) {
      return { state: "waiting", message: `the release ${keyOf(target)} is ${describeLock(revision, until)}` };
    }
    await unlock(context.kube, target, revision);
    return {
      state: "waiting",
      message: `the release ${keyOf(target)} was ${revision.status}, and no helm worked on it any more: unlocked`,
    };
  }

  async #takeOver(
    context: ActionContext,
    target: ReleaseTarget,
    { owner, matches, revision }: DeployedState & { readonly state: "Unmanaged" },
    { version, deployer }: ChartWish,
  ): Promise<Outcome> {
    if (owner !== undefined)
      throw new HelmError("OwnedByAnotherInstance", `the release ${keyOf(target)} belongs to another ServiceInstance`);
    if (!matches) {
      throw new HelmError(
        "OwnedBySomeoneElse",
        `the release ${keyOf(target)} was made by another hand, with another chart or version than ${deployer.chart} ${deployer.chartVersion}; set spec.version to the version whose chart it has (not ${version}) to adopt it, or take it away`,
      );
    }
    await adopt(context.kube, target, revision, context.applySetId);
    return { state: "waiting", message: `the release ${keyOf(target)} is adopted` };
  }
}

interface Seen {
  readonly state: DeployedState;
  readonly release: Release | undefined;
  readonly history: readonly Revision[];
  readonly desired: Desired;
}

/** Puts the instance's marks on what helm has made, and notes its kinds, so that they are watched also after a restart. */
async function finish(context: ActionContext, target: ReleaseTarget, release: Release | undefined, version: string): Promise<Outcome> {
  if (release === undefined) return { state: "waiting", message: "the release is gone" };
  const members = await membersOf(context, release);
  // What an earlier version's objects were stays in sight, until they are gone.
  const kinds = union(memberKinds(context.instance), kindsOf(members));
  await writeParent(context, kinds, members);
  for (const { apiVersion, kind } of kinds) context.watchKind(apiVersion, kind);
  await markMembers(context.kube, members, context.applySetId, version);
  await handOverLeft(context, target, members);
  return { state: "done", object: `${release.chartName} ${release.chartVersion}, ${members.length} objects` };
}

function unseen(message: string): Observation {
  return { members: [], notReady: [message], failed: [], drifted: [] };
}

/** The release itself has drifted: it is gone, or others have made another one of it. */
function notDeployed(
  target: ReleaseTarget,
  state: Exclude<DeployedState, { readonly state: "InSync" }>,
  until: number | undefined,
): Observation {
  const message = `the release ${keyOf(target)} is ${state.state === "Locked" ? describeLock(state.revision, until) : describe(state)}`;
  const secret = "revision" in state ? state.revision.secret : `sh.helm.release.v1.${target.name}`;
  return { ...unseen(message), drifted: [{ apiVersion: "v1", kind: "Secret", namespace: target.namespace, name: secret }] };
}

/** @param until in ms since the Unix epoch; undefined: nobody else holds it */
function describeLock({ status }: Revision, until: number | undefined): string {
  if (until === undefined) return status;
  return `${status} by another helm; it is left alone until ${new Date(until).toISOString()}, and unlocked then`;
}

function describe(state: Exclude<DeployedState, { readonly state: "Locked" | "InSync" }>): string {
  switch (state.state) {
    case "Absent":
      return "gone";
    case "Unmanaged":
      return "not this instance's";
    case "OutOfSync":
      return `deployed with another ${state.differs.join(" and other ")}`;
    case "Failed":
      return state.revision.status;
  }
}

function nameOf({ apiVersion, kind, namespace = "", name }: ObjectRef): string {
  return `${apiVersion} ${kind} ${namespace}/${name}`;
}

/** @throws UnsupportedDeployerError when the version is not deployed from a chart */
function helmOf({ version, deployer }: Installer): HelmDefinition {
  if (deployer.type !== "helm") throw new UnsupportedDeployerError(version, deployer.type);
  return deployer;
}
