import { Environment } from "@marcbachmann/cel-js";
import type { ASTNode, Context } from "@marcbachmann/cel-js";
import { RE2JS, RE2JSException } from "re2js";
import { Budget } from "./budget.ts";
import { ExpressionError } from "./errors.ts";

/** Names that an expression may use, by what it belongs to. */
const VARIABLES = {
  risk: ["cluster", "config"],
  mapping: ["config", "secrets", "cluster", "release"],
  manifest: ["values", "config", "secrets", "cluster", "release"],
  object: ["object"],
  rule: ["self", "oldSelf"],
  gate: ["cluster", "instance"],
} as const satisfies Record<string, readonly string[]>;

/**
 * What an expression belongs to, and so which variables it may use:
 * - `risk`: when a risk applies (`cluster`, `config`);
 * - `mapping`: from a service's configuration to its deployer's values (`config`, `secrets`, `cluster`, `release`);
 * - `manifest`: manifests and hooks (the same, and `values`);
 * - `object`: health checks and `wait` hooks (`object`);
 * - `rule`: validation rules of a custom resource's schema (`self`, `oldSelf`);
 * - `gate`: whether a rollout may go on (`cluster`, `instance`, as they were reported).
 */
export type ExpressionUse = keyof typeof VARIABLES;

/** A parsed expression; evaluating it is bounded. */
export interface Program {
  /**
   * @throws whatever the evaluation meets: {@link ExpressionError} when the budget is used up, else errors of cel-js, whose messages may
   * hold values.
   */
  evaluate(context: Context): unknown;
}

/** The part of cel-js's evaluator that macros are given: every node of a syntax tree is evaluated by `run`. */
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
}

const LIMITS = { maxAstNodes: 2_000, maxDepth: 48, maxListElements: 256, maxMapEntries: 256, maxCallArguments: 16 };

/** Evaluation is synchronous and never nested, so one budget at a time is enough. */
let budget = new Budget();

const metered = new WeakSet<Evaluator>();

/**
 * Makes an evaluator charge the budget for every node, and match regular expressions by RE2 as CEL's specification says. cel-js bounds the
 * size of an expression, but not the work that it does, and uses the engine of JavaScript, which can be made to backtrack for hours.
 */
function meter(evaluator: Evaluator): void {
  if (metered.has(evaluator)) return;
  metered.add(evaluator);
  const run = evaluator.run.bind(evaluator);
  let last: unknown;
  evaluator.run = (node, context) => {
    budget.charge(1);
    const result = isMatch(node) ? matches(evaluator, node, context) : run(node, context);
    budget.chargeResult(result);
    // The operand evaluated last: the whole work of `in`, and no less than half of an equality's.
    if (node.op === "==" || node.op === "!=" || node.op === "in") budget.chargeComparison(last);
    else last = result;
    return result;
  };
}

type MatchNode = ASTNode & { readonly op: "rcall"; readonly args: [string, ASTNode, ASTNode[]] };

function isMatch(node: ASTNode): node is MatchNode {
  return node.op === "rcall" && node.args[0] === "matches" && node.args[2].length === 1;
}

function matches(evaluator: Evaluator, node: MatchNode, context: unknown): boolean {
  const [, receiver, [argument]] = node.args;
  const text = evaluator.run(receiver, context);
  const pattern = argument === undefined ? undefined : evaluator.run(argument, context);
  if (typeof text !== "string" || typeof pattern !== "string") throw new ExpressionError("Failed", "matches() needs text and a pattern");
  budget.charge((text.length * pattern.length) >>> 8);
  try {
    return RE2JS.compile(pattern).test(text);
  } catch (error) {
    if (error instanceof RE2JSException) throw new ExpressionError("Failed", "matches() was given no valid regular expression (RE2)", "");
    throw error;
  }
}

function isEvaluator(value: unknown): value is Evaluator {
  return typeof value === "object" && value !== null && "run" in value && typeof value.run === "function";
}

function createEnvironment(use: ExpressionUse): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: LIMITS,
  });
  for (const variable of VARIABLES[use]) environment.registerVariable(variable, "dyn");
  // A macro is what is handed the evaluator; every program is wrapped in this one.
  environment.registerFunction("metered(ast): dyn", ({ args: [expression] }: { args: [ASTNode] }) => ({
    typeCheck: (checker: { check(node: ASTNode, context: unknown): unknown }, _macro: unknown, context: unknown) =>
      checker.check(expression, context),
    evaluate: (evaluator: unknown, _macro: unknown, context: unknown) => {
      if (!isEvaluator(evaluator)) throw new Error("cel-js hands macros no evaluator any more");
      meter(evaluator);
      return evaluator.run(expression, context);
    },
  }));
  return environment;
}

const environments: { readonly [use in ExpressionUse]: Environment } = {
  risk: createEnvironment("risk"),
  mapping: createEnvironment("mapping"),
  manifest: createEnvironment("manifest"),
  object: createEnvironment("object"),
  rule: createEnvironment("rule"),
  gate: createEnvironment("gate"),
};

/**
 * Parses and type-checks an expression.
 * @throws errors of cel-js (ParseError, TypeError); they quote source only.
 */
export function parseProgram(source: string, use: ExpressionUse): Program {
  const environment = environments[use];
  // By itself first: what only parses inside of the wrapper is no expression.
  const { valid, error } = environment.parse(source).check();
  if (!valid) throw error ?? new Error("the expression has no type");
  // The line break ends a comment at the end of the source.
  const program = environment.parse(`metered(${source}\n)`);
  return {
    evaluate(context) {
      const own = new Budget();
      budget = own;
      try {
        return program(context);
      } catch (error) {
        // A quantifier throws the first error that it met, which may be another one.
        throw own.exhausted ? Budget.error() : error;
      }
    },
  };
}
