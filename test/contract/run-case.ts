import type { KubeRequest, KubeResponse, KubeTransport } from "@portolan/agent/kube";
import { setTimeout as sleep } from "node:timers/promises";
import type { CollectStep, Condition, ContractAnswer, ContractCase, RequestStep, WatchStep } from "./contract-case.ts";
import { normalize } from "./normalize.ts";
import { Symbols } from "./symbols.ts";

const POLL_MS = 20;
const PATIENCE_MS = 30_000;

/** A server did not answer as the case says it must. */
class ContractBroken extends Error {
  override readonly name = "ContractBroken";
}

interface OpenWatch {
  readonly events: AsyncIterator<unknown>;
  readonly abort: AbortController;
}

/**
 * Tells the case to a server, in a namespace of its own.
 *
 * @throws ContractBroken when a status is not the expected one, or what is waited for does not come
 */
export async function runCase(transport: KubeTransport, contract: ContractCase, namespace: string): Promise<ContractAnswer[]> {
  const symbols = new Symbols(namespace);
  const watches = new Map<string, OpenWatch>();
  await send(transport, {
    method: "POST",
    path: "/api/v1/namespaces",
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    expect: 201,
  });
  await poll(transport, {
    method: "GET",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/default`,
    expect: 200,
    until: { status: 200 },
  });
  const answers: ContractAnswer[] = [];
  try {
    for (const step of contract.steps) {
      if ("watch" in step) watches.set(step.watch, await openWatch(transport, step, symbols));
      else if ("collect" in step) answers.push({ events: await collect(watches, step, symbols) });
      else answers.push(await runRequest(transport, contract, step, symbols));
    }
    return answers;
  } finally {
    for (const { abort } of watches.values()) abort.abort();
    await send(transport, { method: "DELETE", path: `/api/v1/namespaces/${namespace}`, expect: 200 });
  }
}

async function runRequest(transport: KubeTransport, contract: ContractCase, step: RequestStep, symbols: Symbols): Promise<ContractAnswer> {
  const concrete = concreteStep(step, symbols);
  const { response, body } = step.until === undefined ? await send(transport, concrete) : await poll(transport, concrete);
  if (response.status !== step.expect) {
    throw new ContractBroken(
      `${contract.name}: ${concrete.method} ${concrete.path} was answered with ${response.status} instead of ${step.expect}: ${JSON.stringify(body)}`,
    );
  }
  const { warning } = response.headers;
  return {
    status: response.status,
    body: normalize(body, symbols, step.ignore),
    ...(warning === undefined ? {} : { warning: symbols.hide(warning) }),
  };
}

function concreteStep(step: RequestStep, symbols: Symbols): RequestStep {
  const body: unknown = step.body === undefined ? undefined : JSON.parse(symbols.show(JSON.stringify(step.body)));
  return { ...step, path: symbols.show(step.path), headers: shownHeaders(step, symbols), ...(body === undefined ? {} : { body }) };
}

function shownHeaders({ headers = {} }: RequestStep | WatchStep, symbols: Symbols): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, symbols.show(value)]));
}

function requestOf(step: RequestStep): KubeRequest {
  return {
    method: step.method,
    path: step.path,
    headers: {
      accept: "application/json",
      "user-agent": "contract/1.0",
      ...(step.body === undefined ? {} : { "content-type": "application/json" }),
      ...step.headers,
    },
    ...(step.body === undefined ? {} : { body: typeof step.body === "string" ? step.body : JSON.stringify(step.body) }),
  };
}

async function send(transport: KubeTransport, step: RequestStep): Promise<{ response: KubeResponse; body: unknown }> {
  const response = await transport(requestOf(step));
  return { response, body: parse(await readText(response)) };
}

async function readText(response: KubeResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // Not every answer is JSON (`/healthz`): its text is compared.
    return text;
  }
}

function holds(condition: Condition, status: number, body: unknown): boolean {
  if ("status" in condition) return status === condition.status;
  const value = condition.path.split(".").reduce<unknown>(member, body);
  return JSON.stringify(value) === JSON.stringify(condition.equals);
}

/** A member of an object or list, or `[type=Ready]`: the item of a list by the value of a member. */
function member(value: unknown, name: string): unknown {
  const selected = /^\[(\w+)=(\w+)\]$/.exec(name);
  if (selected === null) return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  const [, key = "", wanted] = selected;
  return Array.isArray(value) ? value.find((item: unknown) => member(item, key) === wanted) : undefined;
}

async function poll(transport: KubeTransport, step: RequestStep): Promise<{ response: KubeResponse; body: unknown }> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await send(transport, step);
    if (step.until === undefined || holds(step.until, answer.response.status, answer.body)) return answer;
    if (performance.now() > deadline) {
      throw new ContractBroken(
        `${step.method} ${step.path}: waited in vain for ${JSON.stringify(step.until)}: ${JSON.stringify(answer.body)}`,
      );
    }
    await sleep(POLL_MS);
  }
}

async function openWatch(transport: KubeTransport, step: WatchStep, symbols: Symbols): Promise<OpenWatch> {
  const abort = new AbortController();
  const request = requestOf({
    method: "GET",
    path: symbols.show(step.path),
    expect: 200,
    headers: shownHeaders(step, symbols),
  });
  const response = await transport({ ...request, signal: abort.signal });
  return { events: lines(response)[Symbol.asyncIterator](), abort };
}

async function* lines(response: KubeResponse): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) if (line !== "") yield parse(line);
  }
  if (rest !== "") yield parse(rest);
}

async function collect(watches: ReadonlyMap<string, OpenWatch>, step: CollectStep, symbols: Symbols): Promise<unknown[]> {
  const watch = watches.get(step.collect);
  if (watch === undefined) throw new ContractBroken(`no watch ${step.collect} is open`);
  const events: unknown[] = [];
  while (events.length < step.events) {
    const timeout = AbortSignal.timeout(PATIENCE_MS);
    const next = await Promise.race([
      watch.events.next(),
      new Promise<never>((_, reject) => {
        timeout.addEventListener("abort", () => {
          reject(new ContractBroken(`watch ${step.collect}: ${events.length} of ${step.events} events: ${JSON.stringify(events)}`));
        });
      }),
    ]);
    if (next.done === true) throw new ContractBroken(`watch ${step.collect} ended after ${events.length} events`);
    const ignore = (step.ignore ?? []).map((path) => `object.${path}`);
    events.push(normalize(next.value, symbols, ignore));
  }
  return events;
}
