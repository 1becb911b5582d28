/**
 * The ServiceInstances of a cluster as `kubectl get --watch` shows them: every state that they went through, in order. A test waits for
 * the next state instead of asking again, and sees what a poll would miss.
 */
import { asServiceInstance, type ServiceInstance } from "@portolan/agent/resources";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";
import { Overdue, PATIENCE_MS } from "./eventually.ts";

export interface InstanceWatch {
  /** Every state of an instance (`namespace/name`) since the watch began, oldest first. */
  states(key: string): readonly ServiceInstance[];
  /** Resolves with the newest state when it `holds`, else with the first one to come that does. */
  until(
    key: string,
    expectation: string,
    holds: (instance: ServiceInstance) => boolean,
    options?: { readonly withinMs?: number },
  ): Promise<ServiceInstance>;
  /** Resolves when the instance is gone. */
  untilGone(key: string): Promise<void>;
  stop(): Promise<void>;
}

const watchEventSchema = z.object({
  type: z.string(),
  object: z.looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  }),
});

/** Starts `kubectl get serviceinstances --watch`. The cluster must know the resource already. */
export function watchInstances(kubectl: string, kubeconfig: string): InstanceWatch {
  const child = spawn(
    kubectl,
    [`--kubeconfig=${kubeconfig}`, "get", "serviceinstances", "--all-namespaces", "--watch", "--output-watch-events", "--output=json"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = once(child, "exit");
  const seen = new Map<string, ServiceInstance[]>();
  const present = new Set<string>();
  const changes = new EventEmitter().setMaxListeners(0);

  const take = (text: string): void => {
    const { type, object } = watchEventSchema.parse(JSON.parse(text));
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    if (type === "DELETED") {
      present.delete(key);
    } else {
      present.add(key);
    }
    seen.set(key, [...(seen.get(key) ?? []), asServiceInstance(object)]);
    changes.emit("change");
  };

  // With these flags kubectl prints one event a line.
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line !== "") {
      take(line);
    }
  });

  // Looked at after every single event: what lasts until the next one only is seen too.
  const changed = <T>(expectation: string, key: string, look: () => T | undefined, withinMs: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const settle = (how: () => void): void => {
        clearTimeout(overdue);
        changes.off("change", check);
        how();
      };
      const check = (): void => {
        try {
          const found = look();
          if (found !== undefined) {
            settle(() => resolve(found));
          }
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const overdue = setTimeout(
        () => settle(() => reject(new Overdue(`${key} ${expectation}`, withinMs, seen.get(key)?.at(-1)))),
        withinMs,
      );
      changes.on("change", check);
      check();
    });

  return {
    states: (key) => seen.get(key) ?? [],
    until: async (key, expectation, holds, { withinMs = PATIENCE_MS } = {}) =>
      await changed(
        expectation,
        key,
        () => {
          const newest = present.has(key) ? seen.get(key)?.at(-1) : undefined;
          return newest !== undefined && holds(newest) ? newest : undefined;
        },
        withinMs,
      ),
    untilGone: async (key) => {
      await changed("is gone", key, () => (present.has(key) ? undefined : true), PATIENCE_MS);
    },
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
