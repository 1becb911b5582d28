/** A stream that text goes to, perhaps a terminal. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** What a command has of its surroundings. Results go to `out` and nothing else does; all other words go to `err`. */
export interface Console {
  readonly out: OutputStream;
  readonly err: OutputStream;
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => number;
}

/** Tells the user something that is not the result. */
export function warn({ err }: Console, message: string): void {
  err.write(`warning: ${printable(message)}\n`);
}

/** Asks the user at the terminal; anything but y or yes means no. */
export async function confirms({ err, stdin }: Pick<Console, "err" | "stdin">, question: string): Promise<boolean> {
  err.write(`${printable(question)} [y/N] `);
  for await (const chunk of stdin) {
    return /^y(?:es)?$/iu.test(String(chunk).trim());
  }
  // Where the input has ended the line has not.
  err.write("\n");
  return false;
}

/** Tells the user how it goes on. */
export function note({ err }: Console, message: string): void {
  err.write(`${printable(message)}\n`);
}

/** Messages come from clusters, and a terminal obeys what it is shown: control characters are replaced. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the ones that are meant
  return text.replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/gu, "\uFFFD").replaceAll(/[\t\n]/gu, " ");
}
