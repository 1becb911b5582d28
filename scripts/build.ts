/** `npm run build`: the programs as one file each, `dist/agent.mjs`, `dist/hub.mjs` and `dist/portolan.mjs`. */
import { mkdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { bundle, programs, type ProgramName } from "./bundle/bundle.ts";

const root = join(import.meta.dirname, "..");
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const names = Object.keys(programs) as readonly ProgramName[];

await mkdir(join(root, "dist"), { recursive: true });
for (const name of names) {
  const file = join(root, "dist", `${name}.mjs`);
  await bundle(name, file);
  process.stdout.write(`${relative(root, file)}: ${((await stat(file)).size / 2 ** 20).toFixed(1)} MiB\n`);
}
