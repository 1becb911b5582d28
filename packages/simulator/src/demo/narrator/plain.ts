/** Plain lines, for pipes and logs: one line a fact, in the order in which things happen. */
import type { HubEvent } from "../hub-client.ts";
import { describeStep } from "../record.ts";
import type { Narrator } from "./narrator.ts";

export function plainNarrator(write: (line: string) => void): Narrator {
  return {
    chapter: (title) => write(`\n== ${title}`),
    say: (text) => write(text),
    fleet: () => {},
    happened: (event) => {
      const line = describeEvent(event);
      if (line !== undefined) write(`   ${line}`);
    },
    focus: () => {},
    end: () => {},
  };
}

/** One line for an event that a person wants to know of. */
export function describeEvent({ cluster, service, type, step, hook, durationMs }: HubEvent): string | undefined {
  const who = `${cluster.padEnd(8)} ${service}`;
  if (type === "HookFinished" && hook !== undefined) return `${who}: ${hook.name} (${hook.action}) ${hook.object}`;
  if (type === "StepFinished") return `${who}: ${describeStep(step)} done in ${((durationMs ?? 0) / 1000).toFixed(1)} s`;
  if (type === "OperationFailed") return `${who}: FAILED`;
  return undefined;
}
