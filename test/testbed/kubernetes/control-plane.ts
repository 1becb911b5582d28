/**
 * A real Kubernetes control plane as child processes of this one: etcd, kube-apiserver,
 * kube-controller-manager, kube-scheduler, and kwok in the place of kubelets. Everything that a client of
 * the API sees is real; no container ever runs.
 */
import { runCommand, type CommandResult } from "@portolan/simulator/program-cache";
import { freePort, startServerProcess, type ServerProcess } from "@portolan/simulator/server-process";
import { generateKeyPair, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { adminClient, type AdminClient } from "./admin-client.ts";
import { apiserverArguments, controllerManagerArguments, kwokArguments, schedulerArguments } from "./arguments.ts";
import { ControlPlaneNotReady, KubernetesNotFound } from "./errors.ts";
import { startEtcd, type Etcd } from "./etcd.ts";
import { findKubernetes, type KubernetesPrograms } from "./find.ts";
import { renderKubeconfig } from "./kubeconfig.ts";
import { DEFAULT_RELEASE, type KubernetesRelease } from "./modules.ts";

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 25;
const KUBECTL_TIMEOUT_MS = 120_000;
const STAGES_FILE = join(import.meta.dirname, "kwok.yaml");

export interface ControlPlaneOptions {
  /** For errors and the names of folders. Two control planes may have the same one. */
  readonly name: string;
  /** Default: those of findKubernetes for the release. */
  readonly programs?: KubernetesPrograms;
  /** Default: the newest one. */
  readonly release?: KubernetesRelease;
  /** An etcd to share with other control planes. Default: one of its own. */
  readonly etcd?: Etcd;
  /** Where it keeps its files; must not exist yet, and is removed at stop. Default: a temporary folder. */
  readonly dir?: string;
}

export interface ControlPlane {
  readonly name: string;
  readonly url: string;
  /** PEM. */
  readonly caCertificate: string;
  /** Of an administrator: a member of system:masters. */
  readonly token: string;
  /** The administrator's. */
  readonly kubeconfigPath: string;
  /** Holds the log of each process, `<program>.log`. */
  readonly dir: string;
  /** By the names of the programs. */
  readonly pids: Readonly<Record<string, number>>;
  /** Runs kubectl as the administrator. A code other than 0 is a result, not an error. */
  kubectl(args: readonly string[], options?: { readonly input?: string }): Promise<CommandResult>;
  /** The path of a kubeconfig for a ServiceAccount, which is made when missing and may do what roles are bound to it. */
  serviceAccountKubeconfig(account: { readonly namespace: string; readonly name: string }): Promise<string>;
  /** Kills every process, waits for their ends, and removes the files. */
  stop(): Promise<void>;
}

/**
 * Starts a control plane with one node and waits until it works.
 *
 * @throws KubernetesNotFound, ControlPlaneNotReady
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const programs = options.programs ?? (await foundPrograms(options.release ?? DEFAULT_RELEASE));
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), `portolan-${options.name}-`)));
  if (options.dir !== undefined) {
    // Fails when it is there already: what stop removes is only what was made here.
    await mkdir(options.dir);
  }
  const etcd = options.etcd ?? (await startEtcd({ binary: programs.etcd }));
  const processes: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    // SIGKILL: an API server takes seconds to end in good order, for clients that it has no more.
    await Promise.all(processes.map((process) => process.kill("SIGKILL")));
    if (etcd !== options.etcd) {
      await etcd.stop();
    }
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const access = await startPrograms({ name: options.name, programs, dir, etcd, processes });
    const pids = Object.fromEntries([etcd.process, ...processes].map(({ name, pid }) => [name, pid]));
    return { name: options.name, dir, pids, stop, ...access };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Startup {
  readonly name: string;
  readonly programs: KubernetesPrograms;
  readonly dir: string;
  readonly etcd: Etcd;
  /** Every process is added as soon as it runs, so that a failed start can end it. */
  readonly processes: ServerProcess[];
}

type Access = Pick<ControlPlane, "url" | "caCertificate" | "token" | "kubeconfigPath" | "kubectl" | "serviceAccountKubeconfig">;

async function startPrograms(startup: Startup): Promise<Access> {
  const { name, programs, dir, etcd, processes } = startup;
  const run = async (program: keyof KubernetesPrograms, args: readonly string[]): Promise<void> => {
    processes.push(await startServerProcess({ name: program, binary: programs[program], args, logFile: join(dir, `${program}.log`) }));
  };

  const [port, token, serviceAccountKeyFile, tokenFile] = [
    await freePort(),
    randomBytes(24).toString("base64url"),
    join(dir, "service-account.key"),
    join(dir, "tokens.csv"),
  ];
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  await writeFile(serviceAccountKeyFile, privateKey.export({ type: "sec1", format: "pem" }));
  await writeFile(tokenFile, `${token},testbed-admin,testbed-admin,system:masters\n`);

  const url = `https://127.0.0.1:${port}`;
  const certificateFolder = join(dir, "certificates");
  await run(
    "kube-apiserver",
    apiserverArguments({
      port,
      etcdUrl: etcd.url,
      etcdPrefix: `/${name}-${randomBytes(4).toString("hex")}`,
      certificateFolder,
      serviceAccountKeyFile,
      tokenFile,
    }),
  );
  const { caCertificate, client } = await until(startup, "the API server serves objects", async () => {
    const certificate = await readIfPresent(join(certificateFolder, "apiserver.crt"));
    const admin = certificate === undefined ? undefined : adminClient({ url, caCertificate: certificate, token });
    return certificate !== undefined && admin !== undefined && (await answers(admin, "/api/v1/namespaces/kube-system"))
      ? { caCertificate: certificate, client: admin }
      : undefined;
  });

  const writeKubeconfig = async (user: string, userToken: string): Promise<string> => {
    const path = join(dir, `${user}.kubeconfig`);
    await writeFile(path, renderKubeconfig({ url, caCertificate, token: userToken }), { mode: 0o600 });
    return path;
  };
  const kubeconfigPath = await writeKubeconfig("admin", token);
  // While the API server still makes its default roles, which an administrator does not need.
  await Promise.all([
    run("kube-scheduler", schedulerArguments({ kubeconfig: kubeconfigPath })),
    run("kwok", kwokArguments({ kubeconfig: kubeconfigPath, stages: STAGES_FILE })),
    createNode(client),
  ]);
  await until(startup, "the API server is ready", async () => ((await answers(client, "/readyz")) ? true : undefined));
  // Not before that: it would sleep a second before it asks again whether the API server is ready.
  await run("kube-controller-manager", controllerManagerArguments({ kubeconfig: kubeconfigPath }));
  await until(startup, "the node is Ready", async () => ((await isNodeReady(client)) ? true : undefined));
  await until(startup, "the controllers have made the default ServiceAccount", async () =>
    (await answers(client, "/api/v1/namespaces/default/serviceaccounts/default")) ? true : undefined,
  );

  const kubectl: ControlPlane["kubectl"] = (args, { input } = {}) =>
    runCommand(programs.kubectl, [`--kubeconfig=${kubeconfigPath}`, ...args], {
      timeoutMs: KUBECTL_TIMEOUT_MS,
      ...(input === undefined ? {} : { input }),
    });
  return {
    url,
    caCertificate,
    token,
    kubeconfigPath,
    kubectl,
    serviceAccountKubeconfig: async ({ namespace, name: account }) => {
      const serviceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name: account } };
      await mustSucceed(kubectl(["apply", "--server-side", "-f", "-"], { input: JSON.stringify(serviceAccount) }));
      const issued = await mustSucceed(kubectl(["create", "token", account, `--namespace=${namespace}`, "--duration=24h"]));
      return writeKubeconfig(`${namespace}.${account}`, issued.stdout.trim());
    },
  };
}

async function mustSucceed(running: Promise<CommandResult>): Promise<CommandResult> {
  const result = await running;
  if (result.code !== 0) {
    throw new Error(`kubectl ended with ${result.code}: ${result.stderr.trim()}`);
  }
  return result;
}

/** Asks again until there is an answer. A process that has ended, or too long a wait, fails the start. */
async function until<T>({ name, processes, etcd }: Startup, expectation: string, ask: () => Promise<T | undefined>): Promise<T> {
  const all = [etcd.process, ...processes];
  const failure = (reason: string): ControlPlaneNotReady =>
    new ControlPlaneNotReady(name, reason, all.map((process) => `The end of the log of ${process.name}:\n${process.logTail()}`).join("\n"));
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    const ended = all.find((process) => process.exit() !== undefined);
    if (ended !== undefined) {
      throw failure(`${ended.name} ended with ${ended.exit()?.signal ?? ended.exit()?.code} while waiting until ${expectation}`);
    }
    await sleep(POLL_MS);
  }
  throw failure(`waited ${READY_TIMEOUT_MS} ms until ${expectation}`);
}

async function answers(client: AdminClient, path: string): Promise<boolean> {
  try {
    return (await client.request("GET", path)).status === 200;
  } catch {
    // Not listening yet, or its certificate is being written: asked again.
    return false;
  }
}

async function createNode(client: AdminClient): Promise<void> {
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "node-1",
      labels: { "kubernetes.io/hostname": "node-1", "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
    },
  };
  const { status, body } = await client.request("POST", "/api/v1/nodes", node);
  if (status !== 201) {
    throw new Error(`the API server answered ${status} to the creation of a node: ${body}`);
  }
}

const nodeSchema = z.object({
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }).default({ conditions: [] }),
});

async function isNodeReady(client: AdminClient): Promise<boolean> {
  const { body } = await client.request("GET", "/api/v1/nodes/node-1");
  return nodeSchema.parse(JSON.parse(body)).status.conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

async function foundPrograms(release: KubernetesRelease): Promise<KubernetesPrograms> {
  const search = await findKubernetes({ release });
  if (search.found === undefined) {
    throw new KubernetesNotFound(search.attempts);
  }
  return search.found;
}
