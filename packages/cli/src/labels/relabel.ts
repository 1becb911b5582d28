import type { Labels } from "../client/mod.ts";

/** Sets one label, or takes it away when there is no value. */
export interface LabelChange {
  readonly key: string;
  readonly value: string | undefined;
}

export interface Relabelled {
  readonly labels: Labels;
  readonly changed: boolean;
  /** Keys that should be set and have another value. */
  readonly taken: readonly string[];
  /** Keys that should be taken away and are not there. */
  readonly missing: readonly string[];
}

export function relabel(before: Labels, changes: readonly LabelChange[]): Relabelled {
  const labels = new Map(Object.entries(before));
  const taken: string[] = [];
  const missing: string[] = [];
  let changed = false;
  for (const { key, value } of changes) {
    const old = labels.get(key);
    if (value === undefined) {
      (old === undefined ? missing : []).push(key);
      labels.delete(key);
    } else {
      (old === undefined || old === value ? [] : taken).push(key);
      labels.set(key, value);
    }
    changed ||= old !== value;
  }
  return { labels: Object.fromEntries(labels), changed, taken, missing };
}
