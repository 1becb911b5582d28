/** Writes a record of every test file as soon as it has ended, so that nothing of the count is lost when the tests are killed. */
import { appendFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";
import { writeRecord } from "./record.ts";

export class TallyReporter implements Reporter {
  readonly #file: string;
  #startedAtMs = performance.now();

  constructor(file: string) {
    this.#file = file;
  }

  onTestRunStart(): void {
    this.#startedAtMs = performance.now();
  }

  onTestModuleEnd(module: TestModule): void {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    const passed = states.filter((state) => state === "passed").length;
    const broken = module.errors().length > 0 || (states.length === 0 && module.state() === "failed");
    const notPassed = Math.max(states.length - passed, broken ? 1 : 0);
    const record = { project: module.project.name, file: module.relativeModuleId, passed, notPassed };
    appendFileSync(this.#file, writeRecord({ ...record, endedAfterMs: performance.now() - this.#startedAtMs }));
  }
}
