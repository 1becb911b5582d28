/**
 * Knows when every instance that was there at the start has been looked at once. Before that the digest of what the agent
 * has reported says nothing, and a heartbeat would make the hub drop what is only late.
 */
const longestWaitMs = 10_000;

export class FirstLook {
  readonly #onOver: () => void;
  #waiting: Set<string> | undefined;
  #over = false;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  get isOver(): boolean {
    return this.#over;
  }

  expect(keys: readonly string[]): void {
    this.#waiting = new Set(keys);
    // One instance whose API server hangs must not silence the cluster.
    setTimeout(() => this.#end(), longestWaitMs).unref();
    this.#endIfDone();
  }

  done(key: string): void {
    if (this.#over) return;
    this.#waiting?.delete(key);
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#waiting?.size === 0) this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#onOver();
  }
}
