import { lintCatalog } from "@portolan/shared/catalog/lint";
import { EXIT, type ExitCode } from "../errors/mod.ts";
import { formatDocument, formatTable, note, painterFor, state, type Console } from "../output/mod.ts";
import { loadCatalog } from "./load.ts";

/** Prints everything that is wrong with a catalog's folder. */
export async function lint(console: Console, dir: string, output: "table" | "json" | "yaml"): Promise<ExitCode> {
  const { catalog, problems } = await loadCatalog(dir);
  const findings = lintCatalog(catalog, problems);
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const exitCode = errors === 0 ? EXIT.ok : EXIT.error;
  const document = { findings, errors, warnings: findings.length - errors };
  if (output !== "table") {
    console.out.write(await formatDocument(document, output));
    return exitCode;
  }
  if (findings.length > 0) {
    const rows = findings.map(({ severity, file, path = "", code, message }) => [
      state(severity),
      `${file}${path === "" ? "" : `#${path}`}`,
      code,
      message,
    ]);
    console.out.write(formatTable(["SEVERITY", "FILE", "CODE", "MESSAGE"], rows, painterFor(console.out, console.env)));
  }
  note(console, `${countText(errors, "error")}, ${countText(document.warnings, "warning")} in ${dir}`);
  return exitCode;
}

function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
