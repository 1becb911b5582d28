import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { installProgram, runCommand, runGo, type Attempt, type InstallOutcome } from "../program-cache/mod.ts";
import { NatsServerNotFound } from "./errors.ts";
import {
  debianNatsServerFolder,
  findNatsServer,
  inspectNatsServer,
  natsServerFolder,
  type FoundNatsServer,
  type NatsServerRequest,
} from "./find.ts";
import { NATS_SERVER_VERSION } from "./versions.ts";

export interface NatsServerAcquisition extends NatsServerRequest {
  /** Told what takes long, one line each. */
  readonly onProgress?: (line: string) => void;
}

type Way = (acquisition: {
  readonly requested: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
}) => Promise<InstallOutcome>;

/**
 * A nats-server: one that is there (see findNatsServer), else one that is installed into the cache, by
 * `go install` or from the system's Debian package.
 *
 * The official release archives are not among the ways (decision 0022): a program from the network is only run when its
 * checksum is known beforehand, and none is pinned. Go checks what it downloads against its checksum
 * database, apt against the signatures of the distribution.
 *
 * @throws NatsServerNotFound with everything that was tried.
 */
export async function getNatsServer(acquisition: NatsServerAcquisition = {}): Promise<FoundNatsServer> {
  const { version, env = process.env, onProgress = () => undefined } = acquisition;
  const search = await findNatsServer({ ...acquisition, env });
  if (search.found !== undefined) {
    return search.found;
  }
  const attempts: Attempt[] = [...search.attempts];
  if (search.final) {
    throw new NatsServerNotFound(attempts, version);
  }
  for (const install of [installWithGo, installFromDebian]) {
    // The second way only when the first one failed.
    const outcome = await install({ requested: version, env, onProgress });
    if (!outcome.ok) {
      attempts.push(outcome);
      continue;
    }
    const installed = await findNatsServer({ ...acquisition, env });
    if (installed.found !== undefined) {
      return installed.found;
    }
    attempts.push(...installed.attempts);
  }
  attempts.push({
    place: "official release",
    outcome: "not tried: this project pins no checksum for it, so you decide (see below)",
  });
  throw new NatsServerNotFound(attempts, version);
}

const installWithGo: Way = ({ requested, env, onProgress }) => {
  const version = requested ?? NATS_SERVER_VERSION;
  return installProgram(
    {
      folder: natsServerFolder(version, env),
      programs: ["nats-server"],
      onWait: (pid) => onProgress(`waiting for process ${pid}, which installs nats-server too`),
    },
    async (buildFolder) => {
      onProgress(`building nats-server ${version} with go install (about 40 s the first time)`);
      return runGo(["install", "-trimpath", `github.com/nats-io/nats-server/v2@v${version}`], {
        env: { ...env, GOBIN: buildFolder },
      });
    },
  );
};

const installFromDebian: Way = ({ requested, env, onProgress }) =>
  installProgram(
    {
      folder: debianNatsServerFolder(env),
      programs: ["nats-server"],
      onWait: (pid) => onProgress(`waiting for process ${pid}, which installs nats-server too`),
    },
    async (buildFolder) => {
      onProgress("unpacking the Debian package nats-server");
      return unpackDebianPackage(buildFolder, requested, env);
    },
  );

/** Takes the program out of the package. Nothing is installed on the system, so root is not needed. */
async function unpackDebianPackage(buildFolder: string, requested: string | undefined, env: NodeJS.ProcessEnv): Promise<InstallOutcome> {
  const place = "Debian package nats-server";
  const downloads = join(buildFolder, "download");
  await mkdir(downloads);
  const script = "apt-get download nats-server && dpkg -x ./nats-server_*.deb .";
  const { code, stderr } = await runCommand("/bin/sh", ["-c", script], { cwd: downloads, env });
  if (code !== 0) {
    return { ok: false, place, outcome: stderr.trim() };
  }
  const program = join(buildFolder, "nats-server");
  await copyFile(join(downloads, "usr/sbin/nats-server"), program);
  const inspected = await inspectNatsServer({ place, binary: program }, requested);
  return typeof inspected === "string" ? { ok: false, place, outcome: inspected } : { ok: true };
}
