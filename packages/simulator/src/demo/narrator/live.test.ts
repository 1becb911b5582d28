import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import type { HubInstance } from "../hub-client.ts";
import { liveNarrator } from "./live.ts";

const step = (from: string, to: string) => ({ from, to, upgrader: `to-${to}` });
const instance = (cluster: string, parts: Partial<HubInstance>): HubInstance => ({
  cluster,
  namespace: "certificates",
  name: "certificates",
  service: "certificates",
  ready: true,
  ...parts,
});

class Terminal extends Writable {
  readonly columns = 120;
  readonly rows = 40;
  #drawn = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#drawn += chunk.toString();
    done();
  }

  /** The last lines, after all that was drawn over them. */
  lastLines(count: number): readonly string[] {
    return stripVTControlCharacters(this.#drawn).trimEnd().split("\n").slice(-count);
  }
}

it("draws one progress line a cluster: where it is, where it goes, how far, and what it does", () => {
  const terminal = new Terminal();
  const narrator = liveNarrator(terminal);
  narrator.focus("certificates", "0.14.0");
  narrator.fleet([
    instance("lisbon", {
      version: "0.13.0",
      operation: { steps: [step("0.12.0", "0.13.0"), step("0.13.0", "0.14.0")], step: 1, action: "before/delete-controller" },
    }),
    instance("genoa", { version: "0.14.0" }),
    instance("bergen", { version: "0.12.0", message: "0.12.0 is installed" }),
    instance("elsewhere", { service: "identity", version: "1.0.0" }),
  ]);
  narrator.end();
  expect(terminal.lastLines(3)).toEqual([
    "  bergen   certificates  0.12.0 → 0.14.0   ░░░░░░░░░░░░░░░░░░  0.12.0 is installed",
    "  genoa    certificates  0.14.0            ██████████████████  ready",
    "  lisbon   certificates  0.13.0 → 0.14.0   █████████░░░░░░░░░  step 2 of 2: before/delete-controller",
  ]);
});

it("keeps what was said above the progress lines", () => {
  const terminal = new Terminal();
  const narrator = liveNarrator(terminal);
  narrator.fleet([instance("genoa", { version: "0.14.0" })]);
  narrator.chapter("A chapter");
  narrator.say("a fact");
  narrator.happened({
    cluster: "genoa",
    namespace: "certificates",
    name: "certificates",
    service: "certificates",
    type: "HookFinished",
    hook: { name: "before/backup", action: "job", object: "Job a/b" },
  });
  narrator.end();
  expect(terminal.lastLines(4)).toEqual([
    "A chapter",
    "a fact",
    "  genoa    certificates: before/backup (job) Job a/b",
    expect.stringMatching(/^ {2}genoa .*ready$/u),
  ]);
});
