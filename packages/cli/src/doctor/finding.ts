import type { KubeClient } from "@portolan/agent/kube";
import type { AgentRules } from "@portolan/agent/rbac";

/** What a check has found. */
export interface Finding {
  readonly state: "ok" | "warning" | "error";
  /** One sentence. */
  readonly message: string;
  /** What to do; absent where nothing has to be done. */
  readonly cure?: string;
}

/** Where a check looks, and what it compares that with. */
export interface Place {
  readonly kube: KubeClient;
  /** The agent's. */
  readonly namespace: string;
  /** Name of the agent's service account; absent: as its pod says, or by convention. */
  readonly account: string | undefined;
  /** What the agent must be allowed. */
  readonly rules: (agent: { readonly fleet: boolean }) => Promise<AgentRules>;
  /** Whether a service that the agent looks after is deployed from a chart; undefined: it is not known. */
  readonly charts: boolean | undefined;
  /** ms since the Unix epoch. */
  readonly now: number;
}

/** Looks at one thing, and judges it. @throws KubeError when the API server cannot be asked */
export type Check = (place: Place) => Promise<readonly Finding[]>;
