/** What a finished test file came to: one line of JSON each, appended as soon as it is known. */
import { z } from "zod";

const fileRecordSchema = z.object({
  project: z.string(),
  file: z.string(),
  passed: z.int().min(0),
  /** Failed, skipped, or never run; 1 for a file that could not be loaded at all. */
  notPassed: z.int().min(0),
  /** Since the tests were started. */
  endedAfterMs: z.number().min(0),
});

export type FileRecord = z.infer<typeof fileRecordSchema>;

export interface Tally {
  readonly passed: number;
  readonly notPassed: number;
  /** How long after the start the last file of each project ended, in the order in which they ended. */
  readonly projects: readonly { readonly project: string; readonly files: number; readonly endedAfterMs: number }[];
}

export function writeRecord(record: FileRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Sums the lines up. The last one may have been cut off, when the tests were killed while it was written. */
export function tally(text: string): Tally {
  const records = text
    .split("\n")
    .slice(0, -1)
    .map((line) => fileRecordSchema.parse(JSON.parse(line)));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
  const projects = Map.groupBy(records, ({ project }) => project);
  return {
    passed: sum(records.map(({ passed }) => passed)),
    notPassed: sum(records.map(({ notPassed }) => notPassed)),
    projects: [...projects]
      .map(([project, files]) => ({ project, files: files.length, endedAfterMs: Math.max(...files.map((file) => file.endedAfterMs)) }))
      .toSorted((a, b) => a.endedAfterMs - b.endedAfterMs),
  };
}
