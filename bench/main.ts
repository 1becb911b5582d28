/** `npm run bench -- <name> [--json]` */
import { benchCommand } from "./harness/command.ts";

process.exitCode = await benchCommand(process.argv.slice(2), import.meta.dirname, process);
