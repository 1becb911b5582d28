import type { KubeTransport } from "@portolan/agent/kube";
import { allCases } from "./all-cases.ts";
import type { ContractCase, ContractStep } from "./contract-case.ts";
import { shapeOf, type ShapedRequest } from "./request-shape.ts";

/** Requests of a shape that no contract case has: nobody knows how a real server would answer them. */
export class UnknownRequestShapes extends Error {
  override readonly name = "UnknownRequestShapes";

  constructor(shapes: readonly string[]) {
    super(
      `an agent asks its cluster what no contract case asks:\n${shapes.map((shape) => `  ${shape}`).join("\n")}\n` +
        "Add a case to test/contract/cases, and let the real server answer it: PORTOLAN_UPDATE_CONTRACT=1 vitest run --project kubernetes test/kubernetes/contract.test.ts",
    );
  }
}

/** What a step sends, as far as its shape goes; symbols in it are names. */
function requestOf(step: ContractStep): ShapedRequest | undefined {
  if ("watch" in step) return { method: "GET", path: step.path, headers: step.headers ?? {} };
  if ("collect" in step) return undefined;
  const { method, path, headers = {}, body } = step;
  if (body === undefined) return { method, path, headers };
  return {
    method,
    path,
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

export function shapesOf(cases: readonly ContractCase[]): ReadonlySet<string> {
  return new Set(
    cases.flatMap(({ steps }) => steps.map(requestOf)).flatMap((request) => (request === undefined ? [] : [shapeOf(request)])),
  );
}

let known: Promise<ReadonlySet<string>> | undefined;

/** The shapes of every contract case; read once. */
function knownShapes(): Promise<ReadonlySet<string>> {
  known ??= allCases().then(shapesOf);
  return known;
}

export interface ShapedTransport {
  readonly transport: KubeTransport;
  /** @throws UnknownRequestShapes when something was asked that no contract case asks */
  check(): Promise<void>;
}

/** A transport that remembers the shapes of what goes over it. */
export function shapedTransport(transport: KubeTransport): ShapedTransport {
  const seen = new Set<string>();
  return {
    transport: (request) => {
      seen.add(shapeOf(request));
      return transport(request);
    },
    check: async () => {
      const shapes = await knownShapes();
      const unknown = [...seen].filter((shape) => !shapes.has(shape)).toSorted();
      if (unknown.length > 0) throw new UnknownRequestShapes(unknown);
    },
  };
}
