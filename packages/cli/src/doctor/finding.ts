import type { KubeClient } from "@portolan/agent/kube";

/** What a check has found. */
export interface Finding {
  readonly state: "ok" | "warning" | "error";
  /** One sentence. */
  readonly message: string;
  /** What to do; absent where nothing has to be done. */
  readonly cure?: string;
}

/** Where a check looks. */
export interface Place {
  readonly kube: KubeClient;
  /** The agent's. */
  readonly namespace: string;
  /** ms since the Unix epoch. */
  readonly now: number;
}

/** Looks at one thing, and judges it. @throws KubeError when the API server cannot be asked */
export type Check = (place: Place) => Promise<readonly Finding[]>;
