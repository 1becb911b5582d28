/**
 * The names of what differs from run to run: numbered in the order in which the answers show them, so
 * that two servers that behave the same get the same numbers.
 */
export class Symbols {
  readonly #namespace: string;
  readonly #uids = new Map<string, string>();
  readonly #versions = new Map<string, string>();
  readonly #actual = new Map<string, string>();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** The symbol of a uid, a new one when it was not seen before. */
  uid(actual: string): string {
    return this.#symbol(this.#uids, "uid", actual);
  }

  resourceVersion(actual: string): string {
    return this.#symbol(this.#versions, "rv", actual);
  }

  #symbol(known: Map<string, string>, kind: string, actual: string): string {
    const existing = known.get(actual);
    if (existing !== undefined) return existing;
    const symbol = `<${kind}:${known.size + 1}>`;
    known.set(actual, symbol);
    this.#actual.set(symbol, actual);
    return symbol;
  }

  /** Text with the symbols of what is known. A resourceVersion is any number, so that it is only hidden where it is called one. */
  hide(text: string): string {
    let hidden = text.replaceAll(this.#namespace, "<ns>");
    for (const [uid, symbol] of this.#uids) hidden = hidden.replaceAll(uid, symbol);
    return hidden.replaceAll(/"resourceVersion":\s*"(\d+)"/g, (whole, version: string) =>
      whole.replace(version, this.#versions.get(version) ?? version),
    );
  }

  /** Text of a request, with the values of its symbols. */
  show(text: string): string {
    return text.replaceAll("<ns>", this.#namespace).replaceAll(/<(?:uid|rv):\d+>/g, (symbol) => {
      const actual = this.#actual.get(symbol);
      if (actual === undefined) throw new Error(`no answer has shown ${symbol} yet`);
      return actual;
    });
  }
}
