/**
 * The names of what differs from run to run: numbered in the order in which the answers show them, so
 * that two servers that behave the same get the same numbers.
 */
export class Symbols {
  readonly #namespace: string;
  readonly #toSymbol = new Map<string, string>();
  readonly #toActual = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** The symbol of a value, a new one when it was not seen before. */
  symbolOf(kind: "uid" | "rv", actual: string): string {
    const known = this.#toSymbol.get(`${kind} ${actual}`);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const symbol = `<${kind}:${count}>`;
    this.#toSymbol.set(`${kind} ${actual}`, symbol);
    this.#toActual.set(symbol, actual);
    return symbol;
  }

  /** Text of an answer, with the symbols of what it shows. */
  hide(text: string): string {
    let hidden = text.replaceAll(this.#namespace, "<ns>");
    for (const [key, symbol] of this.#toSymbol) {
      // Only uids are told apart from other text for certain; a resourceVersion is any number.
      if (key.startsWith("uid ")) hidden = hidden.replaceAll(key.slice(4), symbol);
    }
    return hidden;
  }

  /** Text of a request, with the values of its symbols. */
  show(text: string): string {
    return text.replaceAll("<ns>", this.#namespace).replaceAll(/<(?:uid|rv):\d+>/g, (symbol) => {
      const actual = this.#toActual.get(symbol);
      if (actual === undefined) throw new Error(`no answer has shown ${symbol} yet`);
      return actual;
    });
  }
}
