/** One turn of the loop for one instance: what was gathered, what it may use, and the one way to write the status. */
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "@portolan/shared/catalog";
import type { Scope } from "@portolan/shared/expression";
import type { Logger } from "pino";
import type { Deployers } from "../deployers/mod.ts";
import type { ActionContext } from "../operation/mod.ts";
import type { KubeClient } from "../kube/mod.ts";
import { asServiceInstance, targetNamespace, type Operation, type ServiceInstance } from "../resources/mod.ts";
import type { DriftBook } from "./drift-book.ts";
import type { InstanceEvents } from "./events.ts";
import type { FailureBook } from "./failure-book.ts";
import type { Gathered } from "./gather.ts";
import { newsOf } from "./news.ts";
import type { Preflights } from "./preflights.ts";
import { redactStatus, type Redact } from "./redact.ts";
import { putStatus } from "./put-status.ts";
import { nextStatus, type Situation, type StatusChanges } from "./status.ts";

/** What happens after one thing was done. */
export type Next =
  /** Look again at once, at this state of the instance. */
  | { readonly again: ServiceInstance }
  /** Look again when something changes, or after this time. */
  | { readonly restMs: number | undefined };

export interface Turn extends Gathered {
  /** With the agent's own rights. */
  readonly own: KubeClient;
  /** With those of the instance's account: for all that is done to the service. */
  readonly kube: KubeClient;
  readonly instance: ServiceInstance;
  readonly applySetId: string;
  readonly deployers: Deployers;
  /** Keyed digest of the secrets as they are now. */
  readonly secretsDigest: string | undefined;
  /** Changes of the secrets that it refers to are seen when they happen. */
  readonly secretsSeen: boolean;
  /** Takes the values of its secrets out of words that others may have had a part in. */
  readonly redact: Redact;
  /** What was put back lately. */
  readonly drift: DriftBook;
  /** What has failed outside of operations. */
  readonly failures: FailureBook;
  readonly events: InstanceEvents;
  readonly logger: Logger;
  /** ms since the Unix epoch. */
  readonly now: () => number;
  /** A member's kind is going to be used: its objects must be watched. */
  readonly watchKind: (apiVersion: string, kind: string) => boolean;
  readonly preflights: Preflights;
  /** How long an instance whose service cannot be uninstalled may hold a namespace that is going away. */
  readonly namespacePatienceMs: number;
  /** The instance (`namespace/name`) that has an ApplySet id; undefined when there is none. */
  readonly nameOfInstance: (applySetId: string) => string | undefined;
  /** The instance was written. */
  readonly onWritten: (written: ServiceInstance) => void;
}

/** Writes what has changed of the status, and returns the instance as it is then, with the newest spec. A write that says nothing new is left out. */
export async function writeStatus(
  turn: Turn,
  situation: Situation,
  changes: StatusChanges = {},
  onlyIfUnchanged = false,
): Promise<ServiceInstance> {
  const { instance, own, availability, state } = turn;
  const now = new Date(turn.now()).toISOString();
  const next = nextStatus(
    instance,
    { ...situation, inFleet: state.inFleet === true },
    availability,
    { catalogDigest: state.catalogDigest, ...changes },
    now,
  );
  const status = redactStatus(next, turn.redact);
  if (isDeepStrictEqual(status, instance.status)) return instance;
  const written = asServiceInstance(await putStatus(own, instance, status, onlyIfUnchanged));
  turn.onWritten(written);
  const news = newsOf(instance.status, status);
  if (news !== undefined) turn.events.note(written, news.type, news.reason, news.message);
  return written;
}

/** What an action of an operation works with. */
export function actionContext(
  turn: Turn,
  operation: Operation,
  { scope, values }: { readonly scope: Scope; readonly values: JsonObject },
): ActionContext {
  const { kube, own, instance, applySetId, watchKind, state } = turn;
  const secrets = state.secrets.values;
  return { kube, own, instance, applySetId, targetNamespace: targetNamespace(instance), scope, values, secrets, operation, watchKind };
}
