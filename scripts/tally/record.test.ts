import { expect, it } from "vitest";
import { tally, writeRecord } from "./record.ts";

const file = (project: string, passed: number, notPassed: number, endedAfterMs: number): string =>
  writeRecord({ project, file: `${project}.test.ts`, passed, notPassed, endedAfterMs });

it("sums up what has ended, and when each project was through", () => {
  const text = file("unit", 3, 0, 500) + file("kubernetes", 1, 2, 9_000) + file("unit", 4, 1, 700);
  expect(tally(text)).toEqual({
    passed: 8,
    notPassed: 3,
    projects: [
      { project: "unit", files: 2, endedAfterMs: 700 },
      { project: "kubernetes", files: 1, endedAfterMs: 9_000 },
    ],
  });
});

it("counts what is whole when the tests were killed in the middle of a line", () => {
  expect(tally(`${file("unit", 3, 0, 500)}{"project":"un`)).toMatchObject({ passed: 3, notPassed: 0 });
  expect(tally("")).toEqual({ passed: 0, notPassed: 0, projects: [] });
});
