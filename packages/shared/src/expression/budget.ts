import { ExpressionError } from "./errors.ts";

/**
 * Evaluation steps that one expression may take: one for each node of its syntax tree that is evaluated, one for every 16 elements or 64
 * characters that a node gives, one for each element that a comparison looks at. A thousand elements mapped cost some five thousand.
 * Counted, not timed: an expression that fits on one machine fits on all.
 */
export const EVALUATION_BUDGET = 200_000;

/** What is left of an evaluation's budget. */
export class Budget {
  #left: number;

  constructor(limit: number = EVALUATION_BUDGET) {
    this.#left = limit;
  }

  /** True once more was charged than there was; stays so, even where CEL's `||` absorbed the error. */
  get exhausted(): boolean {
    return this.#left < 0;
  }

  /** @throws {ExpressionError} when the budget is used up. */
  charge(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw Budget.error();
  }

  static error(): ExpressionError {
    return new ExpressionError("TooExpensive", `the expression takes more than ${EVALUATION_BUDGET} steps`);
  }

  /** Charges what a node's result took to make. */
  chargeResult(result: unknown): void {
    if (typeof result === "string") this.charge(result.length >>> 6);
    else if (Array.isArray(result)) this.charge(result.length >>> 4);
  }

  /** Charges what a comparison of a value takes: every value in it. */
  chargeComparison(value: unknown): void {
    this.charge(1);
    if (typeof value === "string") this.charge(value.length >>> 6);
    else if (Array.isArray(value)) for (const item of value) this.chargeComparison(item);
    else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) this.chargeComparison(item);
  }
}
