import { parseSync } from "oxc-parser";

/** Everything that a module's text imports or exports from elsewhere, also by `import()` of a literal. */
export function specifiersOf(file: string, text: string): readonly string[] {
  const { module } = parseSync(file, text);
  return [
    ...module.staticImports.map((each) => each.moduleRequest.value),
    ...module.staticExports.flatMap((each) => each.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => literal(text.slice(start, end)) ?? []),
  ];
}

/** What a string literal says; undefined for any other expression. */
function literal(expression: string): string | undefined {
  return /^(["'`])([^"'`$]*)\1$/u.exec(expression.trim())?.[2];
}
