/** A bus of which a test can lose messages, as a crash of the broker does with what it had acknowledged and not yet written. */
import type { Bus } from "@portolan/shared/bus";

export interface LossyBus {
  readonly bus: Bus;
  /** What was lost, in order. */
  readonly lost: readonly string[];
  /** Loses every stored message on these subjects until told otherwise. */
  lose(subjects: readonly string[]): void;
}

export function lossy(bus: Bus): LossyBus {
  const losing = new Set<string>();
  const lost: string[] = [];
  let sequence = 0;
  const publishStored: Bus["publishStored"] = async (subject, payload, options) => {
    if (!losing.has(subject)) {
      const acknowledged = await bus.publishStored(subject, payload, options);
      sequence = Math.max(sequence, acknowledged.sequence);
      return acknowledged;
    }
    lost.push(subject);
    // Between the last real sequence and the next one: a sequence that comes twice would tell that the stream was made anew.
    sequence += 2 ** -10;
    return { stream: "lost", sequence };
  };
  return {
    bus: new Proxy(bus, {
      get(target, property) {
        if (property === "publishStored") return publishStored;
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
    lost,
    lose(subjects) {
      losing.clear();
      for (const subject of subjects) losing.add(subject);
    },
  };
}
