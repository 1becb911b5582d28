import { generateKeyPair } from "@portolan/shared/signing";
import { freePort } from "@portolan/simulator/server-process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { program, type Program } from "./program.ts";
import { REPOSITORY } from "./repository.ts";

export interface HubProgram extends Program {
  /** Of the API. */
  readonly url: string;
  /** What agents pin. */
  readonly publicKey: string;
}

/** A hub's process, not started yet. Its signing key is all that it keeps outside of NATS. */
export async function hubProgram({ natsUrl, dir }: { readonly natsUrl: string; readonly dir: string }): Promise<HubProgram> {
  const { privateKeyPem, publicKey } = generateKeyPair();
  const keyFile = join(dir, "hub.pem");
  await writeFile(keyFile, privateKeyPem, { mode: 0o600 });
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const hub = program({
    name: "hub",
    main: join(REPOSITORY, "packages/hub/src/main.ts"),
    args: [`--nats=${natsUrl}`, `--listen=${listen}`, `--signing-key=${keyFile}`, "--log-level=debug"],
    logFile: join(dir, "hub.log"),
    readyUrl: `${url}/readyz`,
  });
  return { ...hub, url, publicKey };
}
