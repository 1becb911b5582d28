import { stringAt } from "../fields/mod.ts";
import { Reflector } from "../controller/mod.ts";
import { isForbidden, type KubeClient, type KubeObject } from "../kube/mod.ts";
import type { Logger } from "pino";
import { parseClusterPolicy, PolicyError, type ClusterPolicy } from "./parse.ts";

/** Name of the ConfigMap, in the agent's own namespace. */
export const POLICY_NAME = "portolan-policy";

const policyKey = "policy.yaml";

/** The cluster's policy, or a problem when it cannot be used, in which case nothing is allowed. */
export type ClusterPolicyReading = ClusterPolicy | "none" | { readonly problem: string };

export interface ClusterPolicyWatchOptions {
  readonly kube: KubeClient;
  /** The agent's own. */
  readonly namespace: string;
  readonly logger: Logger;
  /** It came, went or was changed: what was refused may be allowed now. */
  readonly onChange: () => void;
}

/**
 * Watches the policy, so that no wish waits for it to be read. As long as no watch shows it, which is so while the API server cannot be
 * followed and for an agent that may get the ConfigMap and not watch it, it is read anew for every wish.
 */
export class ClusterPolicyWatch {
  readonly #kube: KubeClient;
  readonly #namespace: string;
  readonly #reflector: Reflector;

  constructor({ kube, namespace, logger, onChange }: ClusterPolicyWatchOptions) {
    this.#kube = kube;
    this.#namespace = namespace;
    const selection = { namespace, fieldSelector: `metadata.name=${POLICY_NAME}` };
    this.#reflector = new Reflector({ client: kube, apiVersion: "v1", kind: "ConfigMap", ...selection, logger });
    this.#reflector.onDelta(onChange);
  }

  start(): void {
    this.#reflector.start();
  }

  async stop(): Promise<void> {
    await this.#reflector.stop();
  }

  /** @throws KubeError when it is not watched and the API server cannot be asked */
  async current(): Promise<ClusterPolicyReading> {
    const where = `ConfigMap ${this.#namespace}/${POLICY_NAME}`;
    try {
      return readPolicy(await this.#object(), where);
    } catch (error) {
      if (isForbidden(error)) return { problem: `${where} may not be read: ${error.message}` };
      throw error;
    }
  }

  async #object(): Promise<KubeObject | undefined> {
    const { state, cache } = this.#reflector;
    if (state.phase === "Synced") return cache.list()[0];
    return await this.#kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: this.#namespace, name: POLICY_NAME });
  }
}

/** What the ConfigMap says; `where` begins the words about what is wrong with it. Pure. */
export function readPolicy(object: KubeObject | undefined, where: string): ClusterPolicyReading {
  if (object === undefined) return "none";
  const text = stringAt(object, "data", policyKey);
  if (text === undefined) return { problem: `${where}: expected the key ${policyKey}, found none` };
  try {
    return parseClusterPolicy(text);
  } catch (error) {
    if (error instanceof PolicyError) return { problem: `${where}: ${error.message}` };
    throw error;
  }
}
