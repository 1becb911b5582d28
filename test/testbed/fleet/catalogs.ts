import { cp, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { LEDGER_CATALOG } from "./repository.ts";

/** A copy of the ledger's catalog with more files, by their paths in the service's folder. The caller removes the folder. */
export async function ledgerCatalogWith(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "portolan-catalog-"));
  await cp(LEDGER_CATALOG, dir, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await writeFile(join(dir, "ledger", path), content);
  }
  return dir;
}

/** From 1 to 3 at once, where everybody else needs two steps. */
export const STRAIGHT_TO_3 = {
  "upgraders/straight-to-3.yaml": `
name: straight-to-3
direction: upgrade
from: ">=1.0.0 <2.0.0"
to: ">=3.0.0 <4.0.0"
before:
  - name: backup
    action: job
    job: manifests/backup-job.yaml
  - name: delete-server
    action: delete
    target:
      apiVersion: apps/v1
      kind: Deployment
      name: \${release.name}
after:
  - name: schema
    action: job
    job: manifests/schema-job.yaml
`,
};

/** A version after the newest one, with the way to it. */
export const VERSION_4 = {
  "installers/4.0.0.yaml": `
version: 4.0.0
deployer:
  type: manifests
  manifests:
    - manifests/configuration.yaml
    - manifests/server.yaml
`,
  "upgraders/to-4.yaml": `
name: to-4
direction: upgrade
from: ">=3.0.0 <4.0.0"
to: ">=4.0.0 <5.0.0"
`,
};
