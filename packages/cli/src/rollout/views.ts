import type { Rollout } from "../client/mod.ts";
import { describeReason } from "../errors/mod.ts";
import { painterFor, printable, type Console, type OutputStream } from "../output/mod.ts";
import { instanceText } from "../resources/mod.ts";
import { frame } from "./frame.ts";
import { changes } from "./progress.ts";

/** Where the progress of a rollout is shown. */
export interface ProgressView {
  show(rollout: Rollout): void;
  /** Something that is not about the rollout. */
  say(message: string): void;
  /** Nothing more is shown. */
  close(): void;
}

/** A line for every change: for pipes and logs. */
export class LinesView implements ProgressView {
  readonly #stream: OutputStream;
  #before: Rollout | undefined;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  show(rollout: Rollout): void {
    for (const line of changes(this.#before, rollout)) {
      this.say(line);
    }
    this.#before = rollout;
  }

  say(message: string): void {
    this.#stream.write(`${printable(message)}\n`);
  }

  close(): void {}
}

const REDRAW_MS = 50;
const TICK_MS = 1_000;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** A frame that is drawn over itself: for terminals. */
export class FrameView implements ProgressView {
  readonly #console: Console;
  readonly #ticker: NodeJS.Timeout;
  #rollout: Rollout | undefined;
  #redraw: NodeJS.Timeout | undefined;
  /** Lines of the frame that is on the screen. */
  #height = 0;

  constructor(console: Console) {
    this.#console = console;
    this.#ticker = setInterval(() => this.#draw(), TICK_MS);
  }

  show(rollout: Rollout): void {
    this.#rollout = rollout;
    this.#redraw ??= setTimeout(() => this.#draw(), REDRAW_MS);
  }

  say(message: string): void {
    this.#console.out.write(`${this.#clearing()}${printable(message)}\n`);
    this.#height = 0;
    this.#draw();
  }

  /** Reasons are cut in a frame: they are told in full below the last one. */
  close(): void {
    clearInterval(this.#ticker);
    this.#draw();
    for (const target of this.#rollout?.targets ?? []) {
      for (const reason of target.reasons) {
        this.#console.out.write(`${printable(`${instanceText(target)} ${target.state}: ${describeReason(reason)}`)}\n`);
      }
    }
  }

  #draw(): void {
    clearTimeout(this.#redraw);
    this.#redraw = undefined;
    if (this.#rollout === undefined) {
      return;
    }
    const { out, env, now } = this.#console;
    const lines = frame(
      this.#rollout,
      { columns: out.columns ?? DEFAULT_COLUMNS, rows: out.rows ?? DEFAULT_ROWS },
      now(),
      painterFor(out, env),
    );
    out.write(`${this.#clearing()}${lines.join("\n")}\n`);
    this.#height = lines.length;
  }

  /** Moves to the first line of the frame and clears all below. */
  #clearing(): string {
    return this.#height === 0 ? "" : `\u001B[${this.#height}A\u001B[0J`;
  }
}
