import type { KubeRequest, KubeResponse, KubeTransport } from "@portolan/agent/kube";
import type { ContractCase, RequestStep } from "./contract-case.ts";
import { normalize } from "./normalize.ts";
import { Symbols } from "./symbols.ts";

interface RecordingOptions {
  readonly name: string;
  /** The namespace that the client worked in: the case gets one of its own. */
  readonly namespace: string;
  /** What belongs into the case; by default all but watches, whose events depend on when they were opened. */
  readonly keep?: (request: KubeRequest) => boolean;
  /** Dotted paths of an answer that are not compared. */
  readonly ignore?: (request: KubeRequest) => readonly string[];
}

export interface RecordedTransport {
  readonly transport: KubeTransport;
  /** What was asked so far as a contract case, in the order of the answers. */
  contractCase(options: RecordingOptions): ContractCase;
}

interface Exchange {
  readonly request: KubeRequest;
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
      return isWatch(request) ? response : { ...response, body: copied(request, response, exchanges) };
    },
    contractCase: (options) => toCase(options, exchanges),
  };
}

function isWatch({ path }: KubeRequest): boolean {
  return /[?&]watch=(?:true|1)/.test(path);
}

async function* copied(request: KubeRequest, response: KubeResponse, exchanges: Exchange[]): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  let answer = "";
  for await (const chunk of response.body) {
    answer += decoder.decode(chunk, { stream: true });
    yield chunk;
  }
  exchanges.push({ request, status: response.status, answer });
}

function toCase({ name, namespace, keep = () => true, ignore = () => [] }: RecordingOptions, exchanges: readonly Exchange[]): ContractCase {
  const symbols = new Symbols(namespace);
  const steps = exchanges
    .filter(({ request }) => keep(request))
    .map(({ request, status, answer }): RequestStep => {
      const ignored = ignore(request);
      const headers = Object.fromEntries(Object.entries(request.headers).filter(([header]) => MEANT.has(header)));
      const step: RequestStep = {
        method: request.method,
        path: symbols.hide(request.path),
        headers,
        expect: status,
        ...(request.body === undefined ? {} : { body: parsed(symbols.hide(request.body)) }),
        ...(ignored.length === 0 ? {} : { ignore: ignored }),
      };
      // The suite will number what this answer shows, as it does here.
      normalize(parsed(answer), symbols, ignored);
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
