import { suggesting, type AuditEntry, type FleetEvent, type HubClient, type Instance, type Rollout, type Target } from "../client/mod.ts";
import { describeReason } from "../errors/mod.ts";
import { age, shortDuration, state, type Cell, type Console } from "../output/mod.ts";
import { clockText, countsText, goalText, instanceText, labelText, objectText, parseInstanceName, shortDigest } from "../resources/mod.ts";
import { nextFor } from "./next.ts";
import { Sheet } from "./sheet.ts";

const EVENTS = 10;
const ENTRIES = 10;

export async function describeCluster(console: Console, client: HubClient, name: string): Promise<void> {
  const cluster = await suggesting(client, { clusters: [name] }, () => client.cluster(name));
  const [instances, events] = await Promise.all([client.instances({ cluster: name }), client.events({ cluster: name }, EVENTS)]);
  const { facts, intentDocument } = cluster;
  new Sheet(console)
    .facts({
      Name: cluster.name,
      State: `${cluster.state}, seen ${age(cluster.lastSeenAt, console.now())} ago`,
      Labels: labelText(cluster.labels),
      Kubernetes: facts?.kubernetesVersion,
      Provider: facts?.provider,
      Region: facts?.region,
      Nodes: facts?.nodes === undefined ? undefined : String(facts.nodes),
      Agent: cluster.agentVersion,
      Catalog: shortDigest(cluster.catalogDigest),
      "In sync": cluster.inSync ? "yes" : "no: its reports are being read again",
    })
    .lines("Problems", [
      ...[intentDocument.refusal, intentDocument.problem].flatMap((reason) => (reason === undefined ? [] : [describeReason(reason)])),
      ...cluster.catalogProblems,
      ...clockProblem(cluster.clockSkewMs),
    ])
    .table("Instances", ["NAMESPACE", "NAME", "SERVICE", "VERSION", "TARGET", "READY", "STATUS"], instances.map(instanceRow))
    .table("Events", EVENT_HEADERS, eventRows(console, events))
    .print();
}

function clockProblem(skewMs: number): readonly string[] {
  const text = clockText(skewMs);
  return text === undefined ? [] : [`${text}: its maintenance windows and the times that it tells are off by that`];
}

function instanceRow({ namespace, name, service, version, targetVersion, ready, phase }: Instance): readonly Cell[] {
  return [namespace, name, service, version ?? "", targetVersion ?? "", state(ready ? "True" : "False"), state(phase)];
}

/** @param text CLUSTER/NAMESPACE/NAME */
export async function describeInstance(console: Console, client: HubClient, text: string): Promise<void> {
  const ref = parseInstanceName(text);
  const instance = await suggesting(client, { instance: text, clusters: [ref.cluster] }, () => client.instance(ref));
  const [events, versions] = await Promise.all([client.events({ ...ref }, EVENTS), client.versions({ service: instance.service })]);
  const isIt = (each: { readonly cluster: string; readonly namespace: string; readonly name: string }): boolean =>
    instanceText(each) === text;
  const { operation } = instance;
  new Sheet(console)
    .facts({
      Instance: text,
      Service: instance.service,
      Version: instance.version,
      Target: instance.targetVersion,
      Ready: instance.ready ? "yes" : "no",
      Status: `${instance.phase}, for ${age(instance.changedAt, console.now())}`,
      Reason: instance.reason,
      Message: instance.message,
      Operation: operation === undefined ? undefined : operationText(operation),
      Fleet: instance.ignoresFleet ? "ignored: spec.fleet is Ignore" : undefined,
      "Version owner": instance.versionOwner,
    })
    .table(
      "Versions within reach",
      ["VERSION", "STEPS"],
      versions.flatMap(({ version, reachable }) => reachable.filter(isIt).map(({ steps }) => [version, String(steps)])),
    )
    .lines(
      "Versions out of reach",
      versions.flatMap(({ version, blocked }) =>
        blocked.filter(isIt).map(({ reasons }) => `${version}: ${reasons.map(describeReason).join("; ")}`),
      ),
    )
    .table("Events", EVENT_HEADERS, eventRows(console, events))
    .print();
}

function operationText({ kind, step, steps, action, message }: NonNullable<Instance["operation"]>): string {
  const now = steps[step];
  const way = now === undefined ? "" : ` (${now.from ?? "nothing"} → ${now.to})`;
  return [`${kind}, step ${Math.min(step + 1, steps.length)} of ${steps.length}${way}`, action, message]
    .filter((part) => part !== undefined)
    .join(", ");
}

export async function describeRollout(console: Console, client: HubClient, name: string): Promise<void> {
  const rollout = await suggesting(client, { rollout: name }, () => client.rollout(name));
  const history = await client.audit({ rollout: name }, ENTRIES);
  const { spec, paused, aborted, rollingBack } = rollout;
  new Sheet(console)
    .facts({
      Name: rollout.name,
      Phase: rollout.phase,
      Wish: [spec.action, spec.service, goalText(spec)].filter((part) => part !== "").join(" "),
      Reason: rollout.reason,
      Created: `${age(rollout.createdAt, console.now())} ago by ${rollout.createdBy}`,
      Started: rollout.startedAt === undefined ? undefined : `${age(rollout.startedAt, console.now())} ago by ${rollout.startedBy ?? ""}`,
      Ended: rollout.finishedAt === undefined ? undefined : `${age(rollout.finishedAt, console.now())} ago${tookText(rollout)}`,
      Paused: interruption(paused),
      Aborted: interruption(aborted),
      "Rolling back": interruption(rollingBack),
      Undoes: rollout.undoes,
      "Undone by": rollout.undoneBy,
      Check: rollout.checkHash,
      Targets: countsText(rollout.counts),
    })
    .table(
      "Waves",
      ["NAME", "STATE", "TARGETS", "APPROVED BY"],
      rollout.waves.map((wave) => [wave.name, state(wave.state), countsText(wave.counts), wave.approvedBy ?? ""]),
    )
    .table("Targets", ["WAVE", "INSTANCE", "STATE", "FROM", "TO", "VERSION"], rollout.targets.map(targetRow))
    .lines("Reasons", rollout.targets.flatMap(reasonLines))
    .table(
      "History",
      ["AGE", "WHO", "WHAT", "OBJECT", "REASON"],
      history.map((entry) => historyRow(console, entry)),
    )
    .lines("Next", nextFor(rollout))
    .print();
}

function tookText({ startedAt, finishedAt }: Rollout): string {
  const ms = Date.parse(finishedAt ?? "") - Date.parse(startedAt ?? "");
  return Number.isNaN(ms) ? "" : `, after ${shortDuration(ms)}`;
}

function interruption(found: Rollout["paused"]): string | undefined {
  return found === undefined ? undefined : `${describeReason(found.reason)}${found.by === undefined ? "" : ` (by ${found.by})`}`;
}

function targetRow(target: Target): readonly Cell[] {
  return [target.wave, instanceText(target), state(target.state), target.from ?? "", target.to ?? "", target.version ?? ""];
}

function reasonLines(target: Target): readonly string[] {
  const reasons = target.reasons.length > 0 ? target.reasons : (target.check?.reasons ?? []);
  return reasons.map((reason) => `${instanceText(target)}: ${describeReason(reason)}`);
}

function historyRow({ now }: Console, { at, actor, action, reason, ...object }: AuditEntry): readonly Cell[] {
  return [age(at, now()), actor, action, objectText(object), reason ?? ""];
}

const EVENT_HEADERS = ["AGE", "INSTANCE", "TYPE", "STEP", "MESSAGE"];

function eventRows({ now }: Console, events: readonly FleetEvent[]): readonly (readonly Cell[])[] {
  return events.map(({ at, namespace, name, type, step, message }) => [
    age(at, now()),
    `${namespace}/${name}`,
    type,
    step === undefined ? "" : `${step.from ?? "nothing"} → ${step.to}`,
    message ?? "",
  ]);
}
