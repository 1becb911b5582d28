/** `node scripts/tally/main.ts FILE`: prints what the recorded test files came to, and "PASSED NOT_PASSED" as the last line. */
import { existsSync, readFileSync } from "node:fs";
import { tally } from "./record.ts";

const [file = ""] = process.argv.slice(2);
const { passed, notPassed, projects } = tally(existsSync(file) ? readFileSync(file, "utf8") : "");
for (const { project, files, endedAfterMs } of projects) {
  process.stdout.write(`${project}: ${files} files, through after ${(endedAfterMs / 1000).toFixed(1)} s\n`);
}
process.stdout.write(`${passed} ${notPassed}\n`);
