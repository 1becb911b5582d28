import { request, type IncomingMessage } from "node:http";

export interface SentEvent {
  readonly name: string;
  readonly id?: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into events of every shape
  readonly data: any;
  readonly atMs: number;
}

/** A client of the watch stream. */
export class WatchClient {
  readonly events: SentEvent[] = [];
  readonly #response: IncomingMessage;
  #text = "";
  #ended = false;

  constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => this.#take(chunk));
    response.on("close", () => {
      this.#ended = true;
    });
    response.on("error", () => {
      this.#ended = true;
    });
  }

  static open(url: string, path = "/v1/watch", headers: Record<string, string> = {}): Promise<WatchClient> {
    return new Promise((resolve, reject) => {
      request(url + path, { headers }, (response) => resolve(new WatchClient(response)))
        .on("error", reject)
        .end();
    });
  }

  get status(): number {
    return this.#response.statusCode ?? 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get lastId(): number {
    return this.events.findLast(({ id }) => id !== undefined)?.id ?? 0;
  }

  /** Stops reading, so that the connection fills. */
  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  close(): void {
    this.#response.destroy();
  }

  #take(chunk: string): void {
    this.#text += chunk;
    const blocks = this.#text.split("\n\n");
    this.#text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()] as const),
      );
      const name = fields.get("event");
      if (name !== undefined) {
        const id = fields.get("id");
        this.events.push({
          name,
          ...(id === undefined ? {} : { id: Number(id) }),
          data: JSON.parse(fields.get("data") ?? "null"),
          atMs: performance.now(),
        });
      }
    }
  }
}
