import type { JsonObject } from "@portolan/shared/json";
import type { RolloutDocument, Selector } from "../client/mod.ts";

/** What is installed or configured. */
export interface InstanceTemplate {
  readonly namespace: string;
  readonly name: string;
  readonly config?: JsonObject;
  readonly overrides?: JsonObject;
  readonly secretRefs?: readonly { readonly name: string; readonly secretName: string }[];
  readonly labels?: { readonly [key: string]: string };
  readonly targetNamespace?: string;
  readonly serviceAccountName?: string;
}

/** What the options of `portolan upgrade` and its like say. What is absent has the hub's default. */
export interface QuickRollout {
  readonly action: "install" | "upgrade" | "downgrade" | "configure" | "remove";
  readonly service: string;
  readonly version?: string;
  /** Every target takes the newest within it that it can reach. */
  readonly versionRange?: string;
  readonly instance?: InstanceTemplate;
  readonly deletionPolicy?: "Orphan";
  readonly selector: Selector;
  /** Default: of the action, the service, the goal and the time. */
  readonly name?: string;
  readonly maxConcurrent?: number;
  /** So many clusters, or per cent of them (`10%`), go first. */
  readonly canary?: string;
  readonly soakSeconds?: number;
  /** Roles of which one must approve what comes after the canary. */
  readonly approval?: readonly string[];
  readonly failureBudget?: string;
  readonly progressDeadlineSeconds?: number;
  readonly notAfterSeconds?: number;
  readonly offline?: string;
  readonly onFailure?: string;
  readonly skipUnreachable?: true;
  readonly acceptRisks: readonly string[];
}

/** The document that a command line stands for. */
export function quickDocument(quick: QuickRollout, nowMs: number): RolloutDocument {
  const { action, service, version, versionRange, instance, deletionPolicy, selector } = quick;
  const { maxConcurrent, canary, soakSeconds, approval, failureBudget } = quick;
  const pace = maxConcurrent === undefined ? {} : { maxConcurrent };
  const first =
    canary === undefined
      ? []
      : [{ name: "canary", clusters: share(canary), ...pace, ...(soakSeconds === undefined ? {} : { soakSeconds }) }];
  const rest = { name: "rest", ...pace, ...(approval === undefined ? {} : { approval: { roles: approval } }) };
  return {
    apiVersion: "portolan.dev/v1alpha1",
    kind: "Rollout",
    metadata: { name: quick.name ?? nameFor(quick, nowMs) },
    spec: {
      action,
      service,
      ...(version === undefined ? {} : { version }),
      ...(versionRange === undefined ? {} : { versionRange }),
      ...(instance === undefined ? {} : { instance }),
      ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
      selector,
      ...(first.length === 0 && maxConcurrent === undefined && approval === undefined ? {} : { waves: [...first, rest] }),
      ...(failureBudget === undefined ? {} : { failureBudget: share(failureBudget) }),
      ...(quick.progressDeadlineSeconds === undefined ? {} : { progressDeadlineSeconds: quick.progressDeadlineSeconds }),
      ...(quick.notAfterSeconds === undefined ? {} : { notAfterSeconds: quick.notAfterSeconds }),
      ...(quick.offline === undefined ? {} : { offline: quick.offline }),
      ...(quick.onFailure === undefined ? {} : { onFailure: quick.onFailure }),
      ...(quick.skipUnreachable === true ? { unreachable: "Skip" } : {}),
      ...(quick.acceptRisks.length === 0 ? {} : { acceptRisks: quick.acceptRisks }),
    },
  };
}

/** `3` is a count, `10%` a percentage. */
function share(text: string): { readonly count: number } | { readonly percent: number } {
  return text.endsWith("%") ? { percent: Number(text.slice(0, -1)) } : { count: Number(text) };
}

/** Names are DNS labels: `upgrade-cert-manager-1-16-2-mf3k2p`. */
function nameFor({ action, service, version, versionRange }: QuickRollout, nowMs: number): string {
  const suffix = nowMs.toString(36).slice(-6);
  const goal = version ?? versionRange;
  const text = `${action}-${service}${goal === undefined ? "" : `-${goal}`}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .slice(0, 63 - suffix.length - 1);
  return `${text.replace(/-+$/u, "")}-${suffix}`;
}
