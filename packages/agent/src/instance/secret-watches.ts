/**
 * Watches the Secrets that instances refer to, and no others: each by its name, metadata only, so that a change is seen when it happens
 * and a role needs to name no more than these. Instances that refer to the same Secret share its watch.
 */
import type { Logger } from "pino";
import { Reflector } from "../controller/mod.ts";
import { objectKey, type KubeClient, type ObjectKey } from "../kube/mod.ts";

export interface SecretWatchesOptions {
  readonly kube: KubeClient;
  readonly logger: Logger;
  /** A Secret that this instance refers to came, went or was changed. */
  readonly onChange: (instanceKey: string) => void;
}

interface SecretWatch {
  readonly reflector: Reflector;
  readonly users: Set<string>;
}

export class SecretWatches {
  readonly #options: SecretWatchesOptions;
  readonly #watches = new Map<ObjectKey, SecretWatch>();
  readonly #ending = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: SecretWatchesOptions) {
    this.#options = options;
  }

  /** The Secrets of one namespace that an instance refers to now. Says whether their changes are seen by now. */
  use(instanceKey: string, namespace: string, names: readonly string[]): boolean {
    if (this.#stopped) return false;
    const wanted = new Set(names.map((name) => objectKey({ namespace, name })));
    for (const [key, watch] of this.#watches) if (!wanted.has(key)) this.#leave(key, watch, instanceKey);
    const watches = [...new Set(names)].map((name) => this.#watch(namespace, name));
    for (const { users } of watches) users.add(instanceKey);
    return watches.every(({ reflector }) => reflector.state.phase === "Synced");
  }

  /** The instance is gone. */
  forget(instanceKey: string): void {
    for (const [key, watch] of this.#watches) this.#leave(key, watch, instanceKey);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const [key, watch] of this.#watches) this.#end(key, watch);
    await Promise.all(this.#ending);
  }

  #watch(namespace: string, name: string): SecretWatch {
    const key = objectKey({ namespace, name });
    const known = this.#watches.get(key);
    if (known !== undefined) return known;
    const { kube, logger, onChange } = this.#options;
    const selection = { namespace, fieldSelector: `metadata.name=${name}`, metadataOnly: true };
    const reflector = new Reflector({ client: kube, apiVersion: "v1", kind: "Secret", ...selection, logger });
    const watch = { reflector, users: new Set<string>() };
    this.#watches.set(key, watch);
    reflector.onDelta(() => {
      for (const instanceKey of watch.users) onChange(instanceKey);
    });
    reflector.start();
    return watch;
  }

  #leave(key: ObjectKey, watch: SecretWatch, instanceKey: string): void {
    watch.users.delete(instanceKey);
    if (watch.users.size === 0) this.#end(key, watch);
  }

  #end(key: ObjectKey, { reflector }: SecretWatch): void {
    this.#watches.delete(key);
    const ending = reflector.stop().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
