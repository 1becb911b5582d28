/**
 * A priority queue of the numbers 0 … size-1 whose priorities live with the caller and may get better while they wait (an indexed binary
 * heap).
 */
export class NodeQueue {
  readonly #heap: Int32Array;
  /** Place in the heap plus one; 0 = not in it. */
  readonly #place: Int32Array;
  readonly #compare: (a: number, b: number) => number;
  #length = 0;

  constructor(size: number, compare: (a: number, b: number) => number) {
    this.#heap = new Int32Array(size);
    this.#place = new Int32Array(size);
    this.#compare = compare;
  }

  get empty(): boolean {
    return this.#length === 0;
  }

  /** Puts a number in, or moves it up after its priority got better. */
  put(node: number): void {
    let place = (this.#place[node] ?? 0) - 1;
    if (place < 0) {
      place = this.#length;
      this.#length += 1;
    }
    this.#rise(node, place);
  }

  /** Takes out all numbers that have the best priority. */
  takeEqual(): number[] {
    const first = this.#take();
    const taken = [first];
    while (this.#length > 0 && this.#compare(this.#heap[0] ?? 0, first) === 0) taken.push(this.#take());
    return taken;
  }

  #take(): number {
    const top = this.#heap[0] ?? 0;
    this.#place[top] = 0;
    this.#length -= 1;
    if (this.#length > 0) this.#sink(this.#heap[this.#length] ?? 0);
    return top;
  }

  #rise(node: number, start: number): void {
    let place = start;
    while (place > 0) {
      const above = (place - 1) >>> 1;
      const other = this.#heap[above] ?? 0;
      if (this.#compare(other, node) <= 0) break;
      this.#set(place, other);
      place = above;
    }
    this.#set(place, node);
  }

  /** Finds the place of a number from the top. */
  #sink(node: number): void {
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.#length) break;
      const right = below + 1;
      if (right < this.#length && this.#compare(this.#heap[right] ?? 0, this.#heap[below] ?? 0) < 0) below = right;
      const other = this.#heap[below] ?? 0;
      if (this.#compare(node, other) <= 0) break;
      this.#set(place, other);
      place = below;
    }
    this.#set(place, node);
  }

  #set(place: number, node: number): void {
    this.#heap[place] = node;
    this.#place[node] = place + 1;
  }
}
