import type { KubeMethod } from "@portolan/agent/kube";

/**
 * Requests in order, told to two servers that must answer the same. Cases are plain JSON, so that they
 * can be recorded too.
 *
 * Text in paths and bodies may hold symbols for what differs from run to run: `<ns>` is the case's own
 * namespace, `<uid:1>` and `<rv:3>` are the first uid and the third resourceVersion that an answer of
 * this case has shown. Answers are compared with the same symbols in them.
 */
export interface ContractCase {
  readonly name: string;
  readonly steps: readonly ContractStep[];
}

export type ContractStep = RequestStep | WatchStep | CollectStep;

export interface RequestStep {
  readonly method: KubeMethod;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text to be sent as it is. */
  readonly body?: unknown;
  readonly expect: number;
  /** Asked again until the answer is so: for what controllers do in their own time. */
  readonly until?: Condition;
  /** Dotted paths that are left out of the comparison: what other controllers write at their own speed. */
  readonly ignore?: readonly string[];
}

export type Condition =
  /** The status of the answer. */
  | { readonly status: number }
  /** The value at a dotted path of the answer; `[type=Ready]` finds an item of a list. */
  | { readonly path: string; readonly equals: unknown };

/** Opens a watch, to be read by CollectSteps. */
export interface WatchStep {
  readonly watch: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Waits until the watch has told so many events since the last collection, and compares them. */
export interface CollectStep {
  readonly collect: string;
  readonly events: number;
  readonly ignore?: readonly string[];
}

/** What a server answered to one step, normalised. Watches answer with their events. */
export type ContractAnswer =
  | { readonly status: number; readonly body: unknown; readonly warning?: string }
  | { readonly events: readonly unknown[] };
