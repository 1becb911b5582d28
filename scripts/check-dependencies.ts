/** Checks that every import points the way that the layout allows. Fails when it finds no imports at all: a check that reads nothing proves nothing. */
import { readFile } from "node:fs/promises";
import { glob } from "node:fs/promises";
import { posix } from "node:path";
import { judgeImport, type Violation } from "./dependencies/rules.ts";
import { specifiersOf } from "./dependencies/specifiers.ts";

const files = await Array.fromAsync(
  glob(["packages/*/src/**/*.ts", "test/**/*.ts", "bench/**/*.ts"], { exclude: ["**/generated/**", "**/node_modules/**"] }),
);
const violations: Violation[] = [];
let imports = 0;
for (const file of files) {
  for (const specifier of specifiersOf(file, await readFile(file, "utf8"))) {
    imports++;
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : undefined;
    const violation = judgeImport(file, specifier, target);
    if (violation !== undefined) violations.push(violation);
  }
}
for (const { file, specifier, why } of violations) process.stderr.write(`${file}: ${specifier}: ${why}\n`);
if (imports === 0) process.stderr.write("expected imports to check, found none\n");
if (violations.length > 0 || imports === 0) process.exitCode = 1;
else process.stdout.write(`${imports} imports in ${files.length} files point the right way\n`);
