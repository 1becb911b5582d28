import type { KubeMethod, KubeRequest, KubeResponse, KubeTransport } from "@portolan/agent/kube";
import type { ContractCase, RequestStep } from "./contract-case.ts";

export interface RecordedTransport {
  readonly transport: KubeTransport;
  /**
   * What was asked so far as a contract case, in the order of the answers. Watches are left out: their
   * events depend on when they were opened.
   *
   * @param namespace the namespace that the client worked in: the case gets one of its own
   */
  contractCase(name: string, namespace: string): ContractCase;
}

interface Exchange {
  readonly method: KubeMethod;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly status: number;
  readonly answer: string;
}

/** Headers that say what is asked; the others are the client's own affair. */
const MEANT: ReadonlySet<string> = new Set(["accept", "content-type"]);

/**
 * A transport that writes down what goes over it, so that what a client really asks can be told to a real
 * server. Write the case to `test/contract/recorded/<name>.json` and let the contract suite of the real
 * server write its golden answers (`PORTOLAN_UPDATE_CONTRACT=1`).
 */
export function recordTransport(transport: KubeTransport): RecordedTransport {
  const exchanges: Exchange[] = [];
  return {
    transport: async (request) => {
      const response = await transport(request);
      return isWatch(request) ? response : recorded(request, response, exchanges);
    },
    contractCase: (name, namespace) => toCase(name, namespace, exchanges),
  };
}

function isWatch({ path }: KubeRequest): boolean {
  return /[?&]watch=(?:true|1)/.test(path);
}

function recorded(request: KubeRequest, response: KubeResponse, exchanges: Exchange[]): KubeResponse {
  return { ...response, body: copied(request, response, exchanges) };
}

async function* copied(request: KubeRequest, response: KubeResponse, exchanges: Exchange[]): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  let answer = "";
  for await (const chunk of response.body) {
    answer += decoder.decode(chunk, { stream: true });
    yield chunk;
  }
  const { method, path, headers, body } = request;
  exchanges.push({ method, path, headers, body, status: response.status, answer });
}

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const VERSION = /"resourceVersion":\s*"(\d+)"/g;

/** The symbols of the case, by what the answers show, in the order in which the suite numbers them. */
function toCase(name: string, namespace: string, exchanges: readonly Exchange[]): ContractCase {
  const uids = new Map<string, string>();
  const versions = new Map<string, string>();
  const steps = exchanges.map((exchange): RequestStep => {
    const hide = (text: string): string =>
      text
        .replaceAll(namespace, "<ns>")
        .replaceAll(UID, (uid) => uids.get(uid) ?? uid)
        .replaceAll(VERSION, (whole, version: string) => whole.replace(version, versions.get(version) ?? version));
    const headers = Object.fromEntries(Object.entries(exchange.headers).filter(([header]) => MEANT.has(header)));
    const step: RequestStep = {
      method: exchange.method,
      path: hide(exchange.path),
      headers,
      expect: exchange.status,
      ...(exchange.body === undefined ? {} : { body: parsed(hide(exchange.body)) }),
    };
    learn(exchange.answer, uids, versions);
    return step;
  });
  return { name, steps };
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // YAML, or nonsense on purpose: told as it was.
    return text;
  }
}

/** Numbers what an answer shows as normalize.ts does: in the order of sorted keys. */
function learn(answer: string, uids: Map<string, string>, versions: Map<string, string>): void {
  const visit = (value: unknown, path: readonly string[], inList: boolean): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, [...path, "*"], inList);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, member] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) visit(member, [...path, key], inList);
    } else if (typeof value === "string") {
      const isVersion = path.at(-1) === "resourceVersion" && path.at(-2) === "metadata";
      if (isVersion && !(inList && path.length === 2)) number(versions, value, "rv");
      for (const [uid] of value.matchAll(UID)) number(uids, uid, "uid");
    }
  };
  const value = parsed(answer);
  visit(value, [], typeof value === "object" && value !== null && "items" in value);
}

function number(known: Map<string, string>, actual: string, kind: string): void {
  if (!known.has(actual)) known.set(actual, `<${kind}:${known.size + 1}>`);
}
