import { freePort, startServerProcess, type ServerProcess } from "@portolan/simulator/server-process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubernetesNotFound } from "./errors.ts";
import { findKubernetes } from "./find.ts";

/** A store that one or several control planes keep their objects in, each below a prefix of its own. */
export interface Etcd {
  readonly url: string;
  readonly process: ServerProcess;
  /** Ends it by SIGKILL and removes its data: nothing of it is wanted afterwards. */
  stop(): Promise<void>;
}

/**
 * Starts etcd on free ports of 127.0.0.1, without waiting: an API server tries to connect until it is there.
 * It does not sync its writes to the disk, which a machine crash would show and a process crash does not.
 */
export async function startEtcd(options: { readonly binary?: string } = {}): Promise<Etcd> {
  const binary = options.binary ?? (await foundEtcd());
  const folder = await mkdtemp(join(tmpdir(), "portolan-etcd-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const process = await startServerProcess({
    name: "etcd",
    binary,
    args: [
      `--data-dir=${join(folder, "data")}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
    logFile: join(folder, "etcd.log"),
  });
  return {
    url,
    process,
    stop: async () => {
      await process.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function foundEtcd(): Promise<string> {
  const search = await findKubernetes();
  if (search.found === undefined) {
    throw new KubernetesNotFound(search.attempts);
  }
  return search.found.etcd;
}
