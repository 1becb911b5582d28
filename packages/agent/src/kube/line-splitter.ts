const NEWLINE = 0x0a;

/** An object of the API is at most a few MiB (etcd takes 1.5 MiB a request): more than this in one line is no event. */
const LONGEST_LINE_BYTES = 32 * 1024 * 1024;

/** Cuts a byte stream into lines wherever its chunks end, also within a character. Empty lines are left out. */
export class LineSplitter {
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  /** The lines that this chunk completes. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#complete(chunk.subarray(start, end));
      if (line.trim() !== "") lines.push(line);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** Bytes of a line whose end has not come. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  #complete(last: Uint8Array): string {
    const parts = [...this.#pending, last];
    this.#pending = [];
    this.#pendingBytes = 0;
    return Buffer.concat(parts).toString("utf8");
  }

  #keep(rest: Uint8Array): void {
    if (rest.byteLength === 0) return;
    this.#pendingBytes += rest.byteLength;
    if (this.#pendingBytes > LONGEST_LINE_BYTES) throw new RangeError(`a line of more than ${LONGEST_LINE_BYTES} bytes`);
    this.#pending.push(rest);
  }
}
