import type { KubeClient, KindRef, KubeObject } from "@portolan/agent/kube";

/** Of a namespace, or of all. */
export type Watched = KindRef & { readonly namespace?: string };

/** Hears of the changes of some kinds of objects, as this process's own watches bring them. */
export class Ears {
  readonly #kube: KubeClient;
  readonly #waiting = new Set<(object: KubeObject) => void>();
  readonly #closed = new AbortController();

  constructor(kube: KubeClient) {
    this.#kube = kube;
  }

  async open(...kinds: readonly Watched[]): Promise<void> {
    for (const kind of kinds) {
      const { apiVersion, kind: name, ...place } = kind;
      const { resourceVersion } = await this.#kube.list(apiVersion, name, place);
      void this.#listen(kind, resourceVersion);
    }
  }

  close(): void {
    this.#closed.abort();
  }

  /** Resolves with the time at which the first change of an object that fits is heard. */
  async heard(fits: (object: KubeObject) => boolean): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const look = (object: KubeObject): void => {
      if (!fits(object)) return;
      this.#waiting.delete(look);
      resolve(performance.now());
    };
    this.#waiting.add(look);
    return await promise;
  }

  async #listen({ apiVersion, kind, ...place }: Watched, resourceVersion: string): Promise<void> {
    try {
      for await (const event of this.#kube.watch(apiVersion, kind, { ...place, resourceVersion, signal: this.#closed.signal })) {
        if (event.type === "BOOKMARK") continue;
        for (const look of this.#waiting) look(event.object);
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) throw error;
    }
  }
}
