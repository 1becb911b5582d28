import { isJsonObject, type Json } from "../json/mod.ts";
import { itemElement, MergeTypeError } from "./list-item.ts";
import { deduce, handled, type ListType, type MapType, type MergeType, type ScalarType } from "./merge-type.ts";
import { fieldElement, printElement } from "./path.ts";

/** What is wrong with a value before it may be merged: `path: message`, as structured-merge-diff words it. */
export type MergeProblem = { readonly path: string; readonly message: string };

/** Checks a value against its merge type. Duplicates in associative lists are allowed in stored objects only. */
export function checkMergeable(type: MergeType, value: Json, options: { allowDuplicates: boolean }): MergeProblem[] {
  const resolved = handled(deduce(type, value));
  switch (resolved.kind) {
    case "map":
      return checkMap(resolved.map, value, options);
    case "list":
      return checkList(resolved.list, value, options);
    case "scalar":
      return checkScalar(resolved.scalar, value);
  }
}

export function describeMergeProblems(problems: readonly MergeProblem[]): string {
  const lines = problems.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  return lines.length === 1 ? lines.join("") : ["errors:", ...lines.map((line) => `  ${line}`)].join("\n");
}

function problem(message: string): MergeProblem[] {
  return [{ path: "", message }];
}

function below(prefix: string, problems: readonly MergeProblem[]): MergeProblem[] {
  return problems.map(({ path, message }) => ({ path: prefix + path, message }));
}

function checkScalar(type: ScalarType, value: Json): MergeProblem[] {
  if (value === null) return [];
  switch (type) {
    case "numeric":
      return typeof value === "number" ? [] : problem(`expected numeric (int or float), got ${goType(value)}`);
    case "string":
      return typeof value === "string" ? [] : problem(`expected string, got &value.valueUnstructured{Value:${goLiteral(value)}}`);
    case "boolean":
      return typeof value === "boolean" ? [] : problem(`expected boolean, got ${goPrint(value)}`);
    case "untyped":
      return typeof value === "object" ? problem(`expected any scalar, got ${goPrint(value)}`) : [];
  }
}

function goType(value: Json): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isJsonObject(value)) return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function goLiteral(value: Json): string {
  return typeof value === "object" ? `${goType(value)}${JSON.stringify(value)}` : JSON.stringify(value);
}

function goPrint(value: Json): string {
  return typeof value === "string" ? JSON.stringify(value) : `&{${JSON.stringify(value)}}`;
}

function checkMap(type: MapType, value: Json, options: { allowDuplicates: boolean }): MergeProblem[] {
  if (value === null) return [];
  if (!isJsonObject(value)) return problem(`expected map, got &{${goLiteral(value)}}`);
  return Object.entries(value).flatMap(([name, member]) => {
    if (member === undefined) return [];
    const prefix = printElement(fieldElement(name));
    const field = type.field(name) ?? type.element?.();
    if (field === undefined) return below(prefix, problem("field not declared in schema"));
    return below(prefix, checkMergeable(field, member, options));
  });
}

function checkList(type: ListType, value: Json, options: { allowDuplicates: boolean }): MergeProblem[] {
  if (value === null) return [];
  if (!Array.isArray(value)) return problem(`expected list, got &{${goLiteral(value)}}`);
  const seen = new Set<string>();
  const problems: MergeProblem[] = [];
  for (const [index, item] of value.entries()) {
    let element = `i:${index}`;
    if (type.associative) {
      try {
        element = itemElement(type, item);
      } catch (error) {
        if (!(error instanceof MergeTypeError)) throw error;
        problems.push(...problem(`element ${index}: ${error.message}`));
        return problems;
      }
      if (seen.has(element) && !options.allowDuplicates) {
        problems.push(...problem(`duplicate entries for key ${printElement(element)}`));
      }
      seen.add(element);
    }
    problems.push(...below(printElement(element), checkMergeable(type.element(), item, options)));
  }
  return problems;
}
