/**
 * Charts from a folder: an archive as `helm package` makes it, or the unpacked chart. One that is unpacked is packaged so that the same
 * files give the same archive, whoever copied them there and when: its digest can be pinned as that of any other chart.
 */
import { copyFile, cp, mkdir, readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { packageCommand } from "./arguments.ts";
import type { ChartReference } from "./chart-reference.ts";
import { HelmError, pullFailureOf } from "./errors.ts";
import { exists } from "./exists.ts";
import type { HelmCommand, HelmResult } from "./processes.ts";

/** A chart that is looked for. */
export interface FolderChart {
  readonly reference: ChartReference & { readonly kind: "folder" };
  readonly version: string;
  /** For messages: `<chart>@<version>`, as the catalog writes it. */
  readonly id: string;
}

/**
 * Puts the archive of a chart below `destination`, and says where. An archive goes before an unpacked chart.
 *
 * @throws HelmError ChartNotFound, ChartInvalid
 */
export async function archiveOfFolder(
  { reference: { path, name }, version, id }: FolderChart,
  destination: string,
  run: (command: HelmCommand) => Promise<HelmResult>,
): Promise<string> {
  const bare = version.replace(/^v/u, "");
  const archives = [bare, `v${bare}`].map((each) => `${name}-${each}.tgz`);
  for (const archive of archives) {
    const source = join(path, archive);
    if (!(await exists(source))) continue;
    const copy = join(destination, archive);
    await copyFile(source, copy);
    return copy;
  }
  const unpacked = join(path, name);
  if (!(await exists(join(unpacked, "Chart.yaml")))) {
    throw new HelmError("ChartNotFound", `there is neither ${archives[0] ?? ""} nor ${name}/Chart.yaml in the folder of ${id}`);
  }
  const packaged = await packageFolder(unpacked, { destination, id, run });
  const found = packaged.split("/").at(-1) ?? "";
  if (archives.includes(found)) return packaged;
  throw new HelmError(
    "ChartNotFound",
    `expected ${archives[0] ?? ""} of the unpacked chart ${name}/ in the folder of ${id}, found ${found}: its Chart.yaml names another chart or version`,
  );
}

async function packageFolder(
  source: string,
  {
    destination,
    id,
    run,
  }: { readonly destination: string; readonly id: string; readonly run: (command: HelmCommand) => Promise<HelmResult> },
): Promise<string> {
  const [copy, packaged] = [join(destination, "unpacked"), join(destination, "packaged")];
  await mkdir(packaged);
  await cp(source, copy, { recursive: true, dereference: true });
  await setTimes(copy);
  const result = await run(packageCommand(copy, packaged));
  if (result.code !== 0) throw pullFailureOf(id, result.stderr);
  const [archive] = await readdir(packaged);
  if (archive === undefined) throw new HelmError("ChartInvalid", `helm package of ${id} gave no archive`);
  return join(packaged, archive);
}

/** helm writes into an archive when each file was changed: the only thing in it that the files do not say. */
async function setTimes(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), 0, 0);
  }
}
