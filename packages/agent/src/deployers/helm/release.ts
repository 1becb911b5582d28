/**
 * A Helm release as its Secret holds it: JSON, gzipped, in base64, and that in base64 once more as every Secret's data (helm's
 * storage driver `secret`). Read here, because a run of helm costs a tenth of a second and a look at an instance must not. Pure.
 */
import { canonicalJson, sha256Hex } from "@portolan/shared/json";
import { gunzipSync, gzipSync } from "node:zlib";
import { fieldsAt, isFields, listAt, stringAt, valueAt, numberAt, type Fields } from "../../fields/mod.ts";
import type { KubeObject } from "../../kube/mod.ts";
import { HelmError } from "./errors.ts";

/** helm's own words (pkg/release/common). */
export type ReleaseStatus =
  | "unknown"
  | "deployed"
  | "uninstalled"
  | "superseded"
  | "failed"
  | "uninstalling"
  | "pending-install"
  | "pending-upgrade"
  | "pending-rollback";

/** One revision of a release, by the labels of its Secret alone. */
export interface Revision {
  /** The Secret's name. */
  readonly secret: string;
  readonly revision: number;
  readonly status: ReleaseStatus;
  /** The instance whose release it is; absent when others made it. */
  readonly instance?: string;
  /** What made it: `<operation>.<step>.<run>`; a revision that people make with helm carries that of an earlier one. */
  readonly step?: string;
  /** SHA-256 of the chart archive, shortened to what a label holds. */
  readonly chart?: string;
  /** Of the service, as {@link versionLabel} writes it. */
  readonly version?: string;
  /** What its manifest leaves to others, as {@link ignoreLabel} writes it. */
  readonly ignored?: string;
  /** ms since the Unix epoch of the last write. */
  readonly changedAt: number;
}

/** What a revision consists of. */
export interface Release {
  readonly chartName: string;
  readonly chartVersion: string;
  /** The values that were given, without the chart's own. */
  readonly values: Fields;
  /** The chart's own. */
  readonly chartValues: Fields;
  /** YAML documents. */
  readonly manifest: string;
  /** What `helm test` runs. */
  readonly tests: readonly ReleaseHook[];
  /** All others that have failed when they ran last. */
  readonly failedHooks: readonly ReleaseHook[];
}

export interface ReleaseHook {
  readonly kind: string;
  readonly name: string;
  /** How its last run ended; `Unknown` before there was one. */
  readonly phase: "Unknown" | "Running" | "Succeeded" | "Failed";
}

/** Labels of a release's Secrets, beside helm's own. */
export const releaseLabels = {
  step: "portolan.dev/step",
  chart: "portolan.dev/chart",
  version: "portolan.dev/version",
  ignored: "portolan.dev/ignored",
} as const;

const mostBytes = 256 * 1024 * 1024;
/** Of a SHA-256 in hexadecimal digits; a label's value holds 63 characters. */
const chartLabelLength = 40;
const longestLabel = 63;

export function chartLabel(digest: string): string {
  return digest.replace(/^sha256:/u, "").slice(0, chartLabelLength);
}

/** A version as a label can hold it: build metadata begin with a plus sign, which no label may have. */
export function versionLabel(version: string): string {
  return version.replaceAll("+", "_").slice(0, longestLabel);
}

/** Stands for the ignore rules by which a manifest was rewritten: what they named is not in it. */
export function ignoreLabel(rules: readonly object[]): string {
  return rules.length === 0 ? nothingIgnored : sha256Hex(canonicalJson(rules)).slice(0, chartLabelLength);
}

export const nothingIgnored = "none";

/**
 * A revision with the stamp of an earlier one was made by people: `helm upgrade` carries the labels of the one before over, `helm rollback`
 * those of the one that it goes back to.
 */
export function isCarriedOver({ step }: Revision, earlier: readonly Revision[]): boolean {
  return step === undefined || earlier.some((each) => each.step === step);
}

/** The revision that a release's Secret stands for. */
export function revisionOf(secret: KubeObject, instanceLabel: string): Revision {
  const { labels = {}, name, creationTimestamp = "" } = secret.metadata;
  const [instance, step, chart] = [labels[instanceLabel], labels[releaseLabels.step], labels[releaseLabels.chart]];
  const [version, ignored] = [labels[releaseLabels.version], labels[releaseLabels.ignored]];
  const modified = Number(labels["modifiedAt"] ?? labels["createdAt"]) * 1000;
  return {
    secret: name,
    revision: Number(labels["version"] ?? "0"),
    status: statusOf(labels["status"]),
    ...(instance === undefined ? {} : { instance }),
    ...(step === undefined ? {} : { step }),
    ...(chart === undefined ? {} : { chart }),
    ...(version === undefined ? {} : { version }),
    ...(ignored === undefined ? {} : { ignored }),
    changedAt: Number.isFinite(modified) ? modified : Date.parse(creationTimestamp),
  };
}

const statuses: readonly ReleaseStatus[] = [
  "deployed",
  "uninstalled",
  "superseded",
  "failed",
  "uninstalling",
  "pending-install",
  "pending-upgrade",
  "pending-rollback",
];

function statusOf(text: string | undefined): ReleaseStatus {
  return statuses.find((status) => status === text) ?? "unknown";
}

/** @throws HelmError ReleaseUnreadable */
export function decodeRelease(secret: KubeObject): Release {
  const release = unpack(secret);
  const values = valueAt(release, "config");
  const hooks = listAt(release, "hooks");
  return {
    chartName: stringAt(release, "chart", "metadata", "name") ?? "",
    chartVersion: stringAt(release, "chart", "metadata", "version") ?? "",
    values: isFields(values) ? values : {},
    chartValues: fieldsAt(release, "chart", "values"),
    manifest: stringAt(release, "manifest") ?? "",
    tests: hooks.filter(isTest).map(hookOf),
    failedHooks: hooks
      .filter((hook) => !isTest(hook))
      .map(hookOf)
      .filter(({ phase }) => phase === "Failed"),
  };
}

function isTest(hook: unknown): boolean {
  return listAt(hook, "events").includes("test");
}

const phases: readonly ReleaseHook["phase"][] = ["Running", "Succeeded", "Failed"];

function hookOf(hook: unknown): ReleaseHook {
  const said = stringAt(hook, "last_run", "phase");
  const phase = phases.find((each) => each === said) ?? "Unknown";
  return { kind: stringAt(hook, "kind") ?? "", name: stringAt(hook, "name") ?? "", phase };
}

/** The Secret of a release that nothing works on any more, with the status `failed`: helm goes on from there. @throws HelmError */
export function asFailed(secret: KubeObject, description: string): KubeObject {
  const release = unpack(secret);
  const failed = { ...release, info: { ...infoOf(release), status: "failed", description } };
  const packed = gzipSync(JSON.stringify(failed), { level: 9 }).toString("base64");
  return {
    ...secret,
    metadata: { ...secret.metadata, labels: { ...secret.metadata.labels, status: "failed" } },
    data: { release: Buffer.from(packed).toString("base64") },
  };
}

function infoOf(release: Fields): Fields {
  const info = valueAt(release, "info");
  return isFields(info) ? info : {};
}

function unpack(secret: KubeObject): Fields {
  const packed = Buffer.from(Buffer.from(stringAt(secret, "data", "release") ?? "", "base64").toString("latin1"), "base64");
  try {
    const release: unknown = JSON.parse(gunzipSync(packed, { maxOutputLength: mostBytes }).toString("utf8"));
    if (isFields(release) && numberAt(release, "version") !== undefined) return release;
  } catch {
    // Altered by another hand; the message must not quote it, because it holds secrets.
  }
  throw new HelmError(
    "ReleaseUnreadable",
    `the Secret ${secret.metadata.namespace ?? ""}/${secret.metadata.name} does not hold a Helm release`,
  );
}
