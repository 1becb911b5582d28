import { EXIT, type ExitCode } from "../errors/mod.ts";
import { formatDocument, formatTable, note, painterFor, state, type Console } from "../output/mod.ts";
import { loadCatalog } from "./load.ts";

/** Prints everything that is wrong with a catalog's folder. */
export async function lint(console: Console, dir: string, output: "table" | "json" | "yaml"): Promise<ExitCode> {
  const { problems } = await loadCatalog(dir);
  const findings = problems.map((problem) => ({ severity: "error" as const, ...problem }));
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const document = { findings, errors, warnings: findings.length - errors };
  if (output !== "table") {
    console.out.write(await formatDocument(document, output));
  } else if (findings.length > 0) {
    const rows = findings.map(({ severity, file, path = "", code, message }) => [state(severity), `${file}${path === "" ? "" : `#${path}`}`, code, message]);
    console.out.write(formatTable(["SEVERITY", "FILE", "CODE", "MESSAGE"], rows, painterFor(console.out, console.env)));
  }
  note(console, `${document.errors} errors, ${document.warnings} warnings in ${dir}`);
  return errors === 0 ? EXIT.ok : EXIT.error;
}
