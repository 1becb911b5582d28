/**
 * Watches everything that the agent made, by label and metadata only, one watch a kind: so that drift and readiness are seen
 * when they happen. A kind is watched from its first use on.
 */
import type { Logger } from "pino";
import { Reflector, type Delta } from "../controller/mod.ts";
import type { KindRef, KubeClient } from "../kube/mod.ts";
import { digestLabel } from "../operation/mod.ts";
import { labels } from "../resources/mod.ts";

/** Not what is kept for operations: the agent writes it itself while it decides, and would wake itself up with every try. */
const membersSelector = `${labels.instance},!${digestLabel}`;

export interface MemberWatchesOptions {
  readonly kube: KubeClient;
  readonly logger: Logger;
  /** An object that carries this instance id was changed. */
  readonly onChange: (instanceId: string) => void;
}

export class MemberWatches {
  readonly #options: MemberWatchesOptions;
  readonly #reflectors = new Map<string, Reflector>();
  #stopped = false;

  constructor(options: MemberWatchesOptions) {
    this.#options = options;
  }

  /** Makes sure that a kind is watched. Says whether its changes are seen by now. */
  watch({ apiVersion, kind }: KindRef): boolean {
    const id = `${apiVersion}/${kind}`;
    const known = this.#reflectors.get(id);
    if (known !== undefined || this.#stopped) return known?.state.phase === "Synced";
    const { kube, logger } = this.#options;
    const reflector = new Reflector({ client: kube, apiVersion, kind, labelSelector: membersSelector, metadataOnly: true, logger });
    this.#reflectors.set(id, reflector);
    reflector.onDelta((delta) => this.#changed(delta));
    reflector.start();
    return false;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#reflectors.values()].map(async (reflector) => await reflector.stop()));
  }

  #changed(delta: Delta): void {
    const ids = new Set([delta.object.metadata.labels?.[labels.instance]]);
    if (delta.type === "Modified") ids.add(delta.previous.metadata.labels?.[labels.instance]);
    for (const id of ids) if (id !== undefined) this.#options.onChange(id);
  }
}
