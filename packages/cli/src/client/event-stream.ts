/** One event of a stream. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
  /** The last id that the stream has said; empty before the first. */
  readonly lastEventId: string;
}

/**
 * Decodes Server-Sent Events as https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation says, whatever the borders of the chunks are.
 */
export class EventStreamDecoder {
  readonly #text = new TextDecoder();
  #rest = "";
  #type = "";
  #data: string[] = [];
  #lastEventId = "";

  constructor(lastEventId = "") {
    this.#lastEventId = lastEventId;
  }

  /** Gives the events that are complete now. */
  push(chunk: Uint8Array): readonly StreamEvent[] {
    this.#rest += this.#text.decode(chunk, { stream: true });
    // A CR at the end may be the first half of a CRLF.
    const held = this.#rest.endsWith("\r") ? "\r" : "";
    const lines = this.#rest.slice(0, this.#rest.length - held.length).split(/\r\n|\r|\n/u);
    this.#rest = (lines.pop() ?? "") + held;
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  #line(line: string): StreamEvent | undefined {
    if (line === "") {
      return this.#dispatch();
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /u, "");
    if (field === "event") {
      this.#type = value;
    } else if (field === "data") {
      this.#data.push(value);
    } else if (field === "id" && !value.includes("\0")) {
      this.#lastEventId = value;
    }
    return undefined;
  }

  #dispatch(): StreamEvent | undefined {
    const event = { type: this.#type === "" ? "message" : this.#type, data: this.#data.join("\n"), lastEventId: this.#lastEventId };
    const complete = this.#data.length > 0;
    this.#type = "";
    this.#data = [];
    return complete ? event : undefined;
  }
}
