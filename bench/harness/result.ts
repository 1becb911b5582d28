import { cpus, totalmem } from "node:os";

/** One measured quantity over all repetitions. */
export interface Metric {
  readonly unit: string;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
  /** What it is held against; null when it is shown for comparison only. */
  readonly target: number | null;
  /** Whether the statistic that the target speaks of is within it; null without a target. */
  readonly met: boolean | null;
}

/** What one bench gives; with `--json` the last line of output. */
export interface BenchResult {
  readonly bench: string;
  readonly params: { readonly [name: string]: string | number | boolean };
  readonly machine: Machine;
  readonly metrics: { readonly [name: string]: Metric };
}

/** Where it was measured: numbers of two machines do not compare. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
}

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  };
}

/** What a target speaks of: the 99th percentile unless said otherwise. */
export type Statistic = "median" | "p99" | "max";

/** What a number must be less than, or no more than. */
export type Target = { readonly below: number } | { readonly atMost: number };

/** Sums samples up, in their unit. At least one sample is needed. */
export function summarize(samples: readonly number[], unit: string, target?: Target, statistic: Statistic = "p99"): Metric {
  if (samples.length === 0) throw new RangeError("no samples to summarize");
  const ascending = samples.toSorted((a, b) => a - b);
  const quantile = (share: number): number =>
    ascending[Math.min(ascending.length - 1, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
  const statistics = { min: ascending[0] ?? Number.NaN, median: quantile(0.5), p99: quantile(0.99), max: ascending.at(-1) ?? Number.NaN };
  return { unit, ...statistics, ...verdict(statistics[statistic], target) };
}

function verdict(value: number, target: Target | undefined): Pick<Metric, "target" | "met"> {
  if (target === undefined) return { target: null, met: null };
  if ("below" in target) return { target: target.below, met: value < target.below };
  return { target: target.atMost, met: value <= target.atMost };
}

/** Milliseconds that each of a number of repetitions takes, after some that are not counted. */
export function timed(
  action: () => unknown,
  { warmUp, repetitions }: { readonly warmUp: number; readonly repetitions: number },
): readonly number[] {
  for (let i = 0; i < warmUp; i += 1) action();
  const samples: number[] = [];
  for (let i = 0; i < repetitions; i += 1) {
    const start = performance.now();
    action();
    samples.push(performance.now() - start);
  }
  return samples;
}
