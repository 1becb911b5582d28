/**
 * Names of NATS subjects: `portolan.v1.<kind>.<cluster>[.<namespace>.<name>]`.
 *
 * A subject's tokens are separated by dots. Kubernetes names may hold dots and never underscores, so `.` becomes `_` in a token, and
 * back, without loss. Names of clusters and namespaces are DNS labels and hold neither.
 */
import { dnsLabel, dnsSubdomain, isDnsLabel, isDnsSubdomain } from "./checks.ts";
import { WireError } from "./errors.ts";

const PREFIX = "portolan.v1";

/** What a subject is about. */
export type ParsedSubject =
  | InstanceSubject<"report">
  | InstanceSubject<"availability">
  | InstanceSubject<"event">
  | ClusterSubject<"heartbeat">
  | ClusterSubject<"intent">
  | ClusterSubject<"digests">
  | ClusterSubject<"republish">
  | { readonly kind: "catalog"; readonly digest: string };

export interface InstanceSubject<Kind extends string> {
  readonly kind: Kind;
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

export interface ClusterSubject<Kind extends string> {
  readonly kind: Kind;
  readonly cluster: string;
}

/** Kinds of subjects whose last token is a digest, a cluster or an instance. */
type InstanceKind = "report" | "availability" | "event";
type ClusterKind = "heartbeat" | "intent" | "digests" | "republish";

/**
 * The subject of each kind. Every function throws a {@link WireError} (InvalidField) for names that Kubernetes would not allow.
 */
export const subjects = {
  /** Last word about an instance; stored. */
  report: (cluster: string, namespace: string, name: string) => instanceSubject("report", cluster, namespace, name),
  /** Where an instance could go; stored. */
  availability: (cluster: string, namespace: string, name: string) => instanceSubject("availability", cluster, namespace, name),
  /** Timeline; stored. */
  event: (cluster: string, namespace: string, name: string) => instanceSubject("event", cluster, namespace, name),
  /** A cluster's sign of life; stored. */
  heartbeat: (cluster: string) => clusterSubject("heartbeat", cluster),
  /** The signed intent document of a cluster; stored. */
  intent: (cluster: string) => clusterSubject("intent", cluster),
  /** Request to an agent: the list behind its digest. */
  digests: (cluster: string) => clusterSubject("digests", cluster),
  /** Request to an agent: publish these again. */
  republish: (cluster: string) => clusterSubject("republish", cluster),
  /** A catalog by content; stored. */
  catalog(digest: string): string {
    if (!HEX_DIGEST.test(digest)) {
      throw new WireError("InvalidField", "digest", `${JSON.stringify(digest)} is not a SHA-256 as 64 lower-case hex digits`);
    }
    return `${PREFIX}.catalog.${digest}`;
  },
  /** A decision of a kind, for example `RolloutStarted`; stored, and published by hubs alone. */
  audit(action: string): string {
    if (!AUDIT_ACTION.test(action)) {
      throw new WireError("InvalidField", "action", `${JSON.stringify(action)} is not of letters that begin with a capital one`);
    }
    return `${PREFIX}.audit.${action}`;
  },
  /** Every decision, to subscribe to. */
  allAudit: `${PREFIX}.audit.*`,
  /** Every subject of a kind, to subscribe to. */
  all: (kind: ParsedSubject["kind"]) => `${PREFIX}.${kind}.>`,
  /** Every subject of a kind that belongs to one cluster and its instances. */
  allOfCluster: (kind: InstanceKind, cluster: string) => `${PREFIX}.${kind}.${dnsLabel(cluster, "cluster")}.>`,
} as const;

const HEX_DIGEST = /^[0-9a-f]{64}$/;
const AUDIT_ACTION = /^[A-Z][A-Za-z]{0,63}$/;

function clusterSubject(kind: ClusterKind, cluster: string): string {
  return `${PREFIX}.${kind}.${dnsLabel(cluster, "cluster")}`;
}

function instanceSubject(kind: InstanceKind, cluster: string, namespace: string, name: string): string {
  const tokens = [dnsLabel(cluster, "cluster"), dnsLabel(namespace, "namespace"), subjectToken(dnsSubdomain(name, "name"))];
  return `${PREFIX}.${kind}.${tokens.join(".")}`;
}

/** A Kubernetes name as one token of a subject. */
export function subjectToken(name: string): string {
  return name.replaceAll(".", "_");
}

/** The Kubernetes name behind a token. */
export function nameOfToken(token: string): string {
  return token.replaceAll("_", ".");
}

/** Whether a cluster may be called so: it must be a DNS label, because it is one token of its subjects. */
export function isClusterName(name: string): boolean {
  return isDnsLabel(name);
}

/**
 * What a subject is about; undefined for one that is not of this shape. Whatever is returned gives the same subject again.
 */
export function parseSubject(subject: string): ParsedSubject | undefined {
  const [first, second, kind, cluster, namespace, token, ...more] = subject.split(".");
  if (`${first}.${second}` !== PREFIX || cluster === undefined || more.length > 0) return undefined;
  switch (kind) {
    case "report":
    case "availability":
    case "event": {
      if (namespace === undefined || token === undefined) return undefined;
      const name = nameOfToken(token);
      if (!isDnsLabel(cluster) || !isDnsLabel(namespace) || !isDnsSubdomain(name)) return undefined;
      return { kind, cluster, namespace, name };
    }
    case "heartbeat":
    case "intent":
    case "digests":
    case "republish":
      return namespace === undefined && isDnsLabel(cluster) ? { kind, cluster } : undefined;
    case "catalog":
      return namespace === undefined && HEX_DIGEST.test(cluster) ? { kind, digest: cluster } : undefined;
    case undefined:
    default:
      return undefined;
  }
}
