export const WEBHOOK_TYPES = [
  "rollout.started",
  "rollout.waiting_for_approval",
  "rollout.paused",
  "rollout.failed",
  "rollout.done",
  "rollout.aborted",
  "rollout.rolled_back",
] as const;

export type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** Who is told. */
export interface WebhookEndpoint {
  /** `https://…` or `http://…`. Its path and query may be secrets, so only its origin is ever shown. */
  readonly url: string;
  /** Key of the signature, 24 to 64 bytes. */
  readonly secret: Uint8Array;
  /** Absent: everything. */
  readonly events?: readonly WebhookType[];
}

/** What an endpoint is told. */
export interface WebhookEvent {
  /**
   * Default: a random one. Receivers know by it what they were told already: who may tell the same twice (a leader that resumes) derives
   * it from the decision.
   */
  readonly id?: string;
  readonly type: WebhookType;
  /** Default: now. Milliseconds since the Unix epoch. */
  readonly atMs?: number;
  readonly rollout: string;
  readonly service: string;
  /** Of the rollout. */
  readonly state: string;
  /** One sentence for a person. */
  readonly message: string;
  /** Version the rollout goes to. */
  readonly version?: string;
  /** Wave that it is about, from 0. */
  readonly wave?: number;
  /** Who made the decision. */
  readonly actor?: string;
  readonly reason?: string;
}

/** An endpoint as logs and metrics name it: without what may be a secret. */
export function describeEndpoint({ url }: Pick<WebhookEndpoint, "url">): string {
  return new URL(url).origin;
}
