/** Longest delay that a timer of Node takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

interface Drive {
  running: boolean;
  again: boolean;
  failures: number;
  timer?: NodeJS.Timeout;
}

export interface DriverOptions {
  /** Does all that can be done now. Resolves with when to look again though nothing has happened. Rejects: try again later. */
  readonly step: (id: string) => Promise<number | undefined>;
  /** How long to gather touches before a step. */
  readonly pauseMs: (id: string) => number;
  readonly now: () => number;
  /** A step was rejected; it will be tried again. */
  readonly onError: (id: string, error: unknown) => void;
}

/** Runs one step at a time for each id, whenever it was touched, failed before, or its time has come. */
export class Driver {
  readonly #options: DriverOptions;
  readonly #drives = new Map<string, Drive>();
  #stopped = false;

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  /** Something happened that may matter for it. */
  touch(id: string): void {
    const drive = this.#drive(id);
    if (drive.running) {
      drive.again = true;
      return;
    }
    this.#start(id, drive, this.#options.pauseMs(id));
  }

  forget(id: string): void {
    clearTimeout(this.#drives.get(id)?.timer);
    this.#drives.delete(id);
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#drives.values()) {
      clearTimeout(timer);
    }
  }

  #drive(id: string): Drive {
    let drive = this.#drives.get(id);
    if (drive === undefined) {
      drive = { running: false, again: false, failures: 0 };
      this.#drives.set(id, drive);
    }
    return drive;
  }

  #start(id: string, drive: Drive, pauseMs: number): void {
    clearTimeout(drive.timer);
    drive.running = true;
    drive.again = false;
    const run = (): void => {
      void this.#run(id, drive);
    };
    if (pauseMs === 0) {
      queueMicrotask(run);
    } else {
      drive.timer = setTimeout(run, pauseMs);
    }
  }

  async #run(id: string, drive: Drive): Promise<void> {
    let wakeAtMs: number | undefined;
    if (!this.#stopped) {
      try {
        wakeAtMs = await this.#options.step(id);
        drive.failures = 0;
      } catch (error) {
        this.#options.onError(id, error);
        wakeAtMs = this.#options.now() + Math.min(MIN_RETRY_MS * 2 ** drive.failures, MAX_RETRY_MS);
        drive.failures += 1;
      }
    }
    drive.running = false;
    if (this.#stopped || this.#drives.get(id) !== drive) {
      return;
    }
    if (drive.again && drive.failures === 0) {
      this.#start(id, drive, this.#options.pauseMs(id));
    } else if (wakeAtMs !== undefined) {
      const delayMs = Math.min(Math.max(wakeAtMs - this.#options.now(), 1), MAX_TIMER_MS);
      drive.timer = setTimeout(() => this.touch(id), delayMs);
    }
  }
}
