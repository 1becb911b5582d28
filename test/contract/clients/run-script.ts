import { runCommand, type CommandResult } from "@portolan/simulator/program-cache";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeChart } from "./chart.ts";
import type { ClientScript, ClientStep } from "./script.ts";

const TIMEOUT_MS = 120_000;
const POLL_MS = 200;

export interface Clients {
  readonly kubectl: string;
  readonly helm: string;
  /** The path of a file for a cluster's administrator. */
  readonly kubeconfig: string;
}

/** What a program printed, normalised. */
export interface ClientOutput {
  readonly command: string;
  readonly code: number;
  readonly output: readonly string[];
}

/** Runs a script in a namespace of its own, which is gone afterwards. */
export async function runScript(clients: Clients, script: ClientScript, namespace: string): Promise<ClientOutput[]> {
  const folder = await mkdtemp(join(tmpdir(), "portolan-clients-"));
  const chart = join(folder, "chart");
  await writeChart(chart);
  // No settings of the person who runs the tests, and no answers kept from another cluster that had the same port.
  const env = { HOME: folder, KUBECONFIG: clients.kubeconfig, KUBECACHEDIR: join(folder, "cache"), KUBERC: "off" };
  const show = (text: string): string => text.replaceAll("<ns>", namespace).replaceAll("<chart>", chart);
  const run = async ({ program, args, objects }: ClientStep) => {
    const input = objects === undefined ? undefined : show(objects.map((object) => JSON.stringify(object)).join("\n---\n"));
    // An object of another namespace says so itself.
    const here = input?.includes(`"namespace":`) === true ? [] : [`--namespace=${namespace}`];
    return await runCommand(clients[program], [...args.map(show), ...here], {
      timeoutMs: TIMEOUT_MS,
      env,
      ...(input === undefined ? {} : { input }),
    });
  };
  const namespaced = { apiVersion: "v1", kind: "Namespace", metadata: { name: "<ns>" } };
  const made = await run({ program: "kubectl", args: ["apply", "-f", "-"], objects: [namespaced] });
  if (made.code !== 0) throw new Error(`the namespace of the script could not be made: ${made.stderr}`);
  try {
    const outputs: ClientOutput[] = [];
    for (const step of script.steps) {
      const { code, stdout, stderr } = step.again === true ? await untilExpected(() => run(step), step.code ?? 0) : await run(step);
      const lines = normalized(`${stdout}\n${stderr}`, namespace, folder);
      outputs.push({ command: [step.program, ...step.args].join(" "), code, output: step.lastLine === true ? lines.slice(-1) : lines });
    }
    return outputs;
  } finally {
    await run({ program: "kubectl", args: ["delete", "namespace", "<ns>", "--wait=false"] });
    await rm(folder, { recursive: true, force: true });
  }
}

async function untilExpected(run: () => Promise<CommandResult>, code: number): Promise<CommandResult> {
  for (const deadline = performance.now() + TIMEOUT_MS / 2; ; await sleep(POLL_MS)) {
    const result = await run();
    if (result.code === code || performance.now() > deadline) return result;
  }
}

/** What client-go logs when a program ends its own watch in the middle of a read: or not, as the two race. */
const OWN_WATCH_ENDED = /^E\d{4} .*"Unexpected error when reading response body" err="context canceled"$/;

/** The lines without what differs from run to run: ages, times, identities, and the width of columns. */
function normalized(text: string, namespace: string, folder: string): string[] {
  return text
    .replaceAll(namespace, "<ns>")
    .replaceAll(folder, "<folder>")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>")
    .replaceAll(/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z| [+-]\d{4} \w+)?/g, "<time>")
    .replaceAll(/(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ \d{2}:\d{2}:\d{2} \d{4}/g, "<time>")
    .replaceAll(/(?<=\s)\d+[smh](?:\d+s)?(?=\s|$)/g, "<age>")
    .split("\n")
    .map((line) => line.trim().replaceAll(/\s+/g, " "))
    .filter((line) => line !== "" && !OWN_WATCH_ENDED.test(line));
}
