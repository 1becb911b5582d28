import { randomInt, randomUUID } from "node:crypto";
import type { KubeTransport } from "@portolan/agent/kube";
import { runControllers, startClockwork, type ControllerDelays } from "./controllers/mod.ts";
import { createObject, type Api, type WriteOptions } from "./endpoints/mod.ts";
import { withFaults, type Faults } from "./faults/mod.ts";
import { handleRequest, listen, type Listening, type ListenOptions } from "./http/mod.ts";
import type { Json } from "./json/mod.ts";
import { KindRegistry } from "./kinds/mod.ts";
import { ObjectStore } from "./store/mod.ts";
import type { Watch } from "./watch/mod.ts";

export type EmbeddedClusterOptions = {
  readonly name: string;
  /** What `/version` says; the API is that of Kubernetes 1.37. */
  readonly version?: string;
  readonly nodes?: number;
  /** Changes of one kind that watches can start from; older resourceVersions are answered with 410. */
  readonly historyLimit?: number;
  readonly delays?: Partial<ControllerDelays>;
  /** How often watches that asked for bookmarks are told where they are. */
  readonly bookmarkIntervalMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** An error of a controller: a defect of the embedded API. By default it is thrown, and ends the process. */
  readonly onError?: (error: unknown) => void;
};

/** A Kubernetes cluster in memory, as far as its API shows one. */
export type EmbeddedCluster = {
  readonly name: string;
  /** The API in this process: no sockets, no serialisation of connections. */
  readonly transport: KubeTransport;
  readonly faults: Faults;
  /** Opens a port for clients that need one. */
  readonly listen: (options?: ListenOptions) => Promise<Listening>;
  /** Forgets the history: resourceVersions of before are answered with 410 from now on. */
  readonly compact: () => void;
  /** Ends watches, timers and ports. */
  readonly close: () => Promise<void>;
};

const DEFAULT_DELAYS: ControllerDelays = { workloadReadyMs: 20, jobMs: 50 };

/** What `generateName` adds: no vowels, so that no words come out (apimachinery `rand.String`). */
const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

function newSuffix(): string {
  return Array.from({ length: 5 }, () => SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)]).join("");
}

/** Starts a cluster. It costs no timers while nobody does anything. */
export function createEmbeddedCluster(options: EmbeddedClusterOptions): EmbeddedCluster {
  const { name, version = "v1.37.2", nodes = 1, historyLimit = 200, bookmarkIntervalMs = 60_000, now = Date.now } = options;
  const api: Api = {
    store: new ObjectStore(historyLimit),
    registry: new KindRegistry(),
    now,
    newUid: randomUUID,
    newSuffix,
  };
  const clockwork = startClockwork(
    options.onError ??
      ((error) => {
        throw error;
      }),
  );
  const stopControllers = runControllers({
    api,
    clockwork,
    delays: { ...DEFAULT_DELAYS, ...options.delays },
    rolledOut: new Map(),
  });
  seed(api, nodes);

  const watches = openWatches(bookmarkIntervalMs);
  const ports = new Set<Listening>();
  const { transport, faults } = withFaults((request) => {
    if (request.signal?.aborted === true) return Promise.reject(abortReason(request.signal));
    try {
      return Promise.resolve(handleRequest({ api, version, watches }, request));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  return {
    name,
    transport,
    faults,
    listen: async (listenOptions = {}) => {
      const port = await listen(name, transport, listenOptions);
      ports.add(port);
      return port;
    },
    compact: () => {
      api.store.compact();
    },
    close: async () => {
      stopControllers();
      clockwork.stop();
      watches.close();
      await Promise.all([...ports].map((port) => port.close()));
    },
  };
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}

/** The open watches, and the one timer that tells them where they are while there are any. */
function openWatches(intervalMs: number): {
  add: (watch: Watch) => void;
  remove: (watch: Watch) => void;
  close: () => void;
} {
  const open = new Set<Watch>();
  let timer: NodeJS.Timeout | undefined;
  return {
    add: (watch) => {
      open.add(watch);
      timer ??= setInterval(() => {
        for (const each of open) each.bookmark();
      }, intervalMs).unref();
    },
    remove: (watch) => {
      open.delete(watch);
      if (open.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
    close: () => {
      for (const watch of open) watch.stop();
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** What every cluster has from its first moment. */
function seed(api: Api, nodes: number): void {
  const options: WriteOptions = {
    dryRun: false,
    fieldManager: "kube-apiserver",
    fieldValidation: "Ignore",
    warnings: [],
  };
  const create = (apiVersion: string, plural: string, namespace: string | undefined, body: Json): void => {
    createObject(api, api.registry.get(apiVersion, plural), namespace, body, options);
  };
  for (const namespace of ["kube-system", "kube-public", "kube-node-lease", "default"]) {
    create("v1", "namespaces", undefined, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace },
    });
  }
  create("v1", "services", "default", {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kubernetes",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: { ports: [{ name: "https", port: 443, targetPort: 6443 }], clusterIP: "10.96.0.1" },
  });
  for (let index = 0; index < nodes; index += 1) {
    create("v1", "nodes", undefined, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: `node-${index}` },
    });
  }
}
