import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, text } from "./context.ts";
import { loadKubeConfig } from "./load.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-load-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function write(name: string, server: string, content: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const file = join(folder, name);
  const kubeconfig = {
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server, "certificate-authority": "ca.crt" } }],
    users: [{ name, user: { tokenFile: "token" } }],
    ...content,
  };
  await writeFile(file, JSON.stringify(kubeconfig));
  return file;
}

describe("loadKubeConfig", () => {
  it("reads the file that is given, with paths from where it stands", async () => {
    const { cluster, user } = await loadKubeConfig({ file: await write("one", "https://one:6443") });
    expect(text(cluster, "server")).toBe("https://one:6443");
    expect(path(cluster, "certificate-authority")).toBe(join(folder, "ca.crt"));
    expect(path(user, "tokenFile")).toBe(join(folder, "token"));
  });

  it("puts the files of KUBECONFIG together, the first one first", async () => {
    const files = [await write("one", "https://one:6443"), await write("two", "https://two:6443")];
    const environment = { KUBECONFIG: files.join(":") };
    expect(text((await loadKubeConfig({ environment })).cluster, "server")).toBe("https://one:6443");
    expect(text((await loadKubeConfig({ environment, context: "two" })).cluster, "server")).toBe("https://two:6443");
  });

  it.each([
    ["10.96.0.1", "6443", "https://10.96.0.1:6443"],
    ["fd00::1", undefined, "https://[fd00::1]:443"],
  ])("goes with the pod's service account to %s, unless KUBECONFIG names files", async (host, port, server) => {
    const account = join(folder, "pod/var/run/secrets/kubernetes.io/serviceaccount");
    await mkdir(account, { recursive: true });
    await writeFile(join(account, "token"), "first");
    const environment = {
      HOME: folder,
      TELEPRESENCE_ROOT: join(folder, "pod"),
      KUBERNETES_SERVICE_HOST: host,
      ...(port === undefined ? {} : { KUBERNETES_SERVICE_PORT: port }),
    };
    const { cluster, user } = await loadKubeConfig({ environment });
    expect(text(cluster, "server")).toBe(server);
    expect(path(cluster, "certificate-authority")).toBe(join(account, "ca.crt"));
    expect(path(user, "tokenFile")).toBe(join(account, "token"));
    const listed = { ...environment, KUBECONFIG: await write("one", "https://one:6443") };
    expect(text((await loadKubeConfig({ environment: listed })).cluster, "server")).toBe("https://one:6443");
  });

  it("says what it looked for when there is nothing", async () => {
    const nowhere = { HOME: folder, TELEPRESENCE_ROOT: folder };
    for (const [environment, missing] of [
      [nowhere, "KUBERNETES_SERVICE_HOST is empty"],
      [{ ...nowhere, KUBERNETES_SERVICE_HOST: "10.96.0.1" }, `no token in ${folder}/var/run/secrets`],
    ] as const) {
      await expect(loadKubeConfig({ environment })).rejects.toMatchObject({ code: "NotFound", message: expect.stringContaining(missing) });
    }
  });

  it.each([
    ["a file that is not there", "absent", undefined, "Unreadable", /ENOENT/u],
    ["a file that is no YAML", "broken", "users: [{token: s3cret", "Unreadable", /no kubeconfig/u],
    ["a file that is something else", "other", "hello: world", "Unreadable", /no kubeconfig/u],
    [
      "a context whose cluster has no server",
      "empty",
      '{"clusters": [{"name": "a"}], "contexts": [{"name": "c", "context": {"cluster": "a"}}], "current-context": "c"}',
      "NoCluster",
      /context "c" without one/u,
    ],
    ["a file without a context", "bare", '{"clusters": []}', "NoCluster", /no current context/u],
  ])("names %s, and quotes none of it", async (_, name, content, code, message) => {
    const file = join(folder, name);
    if (content !== undefined) await writeFile(file, content);
    await expect(loadKubeConfig({ file })).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(loadKubeConfig({ file })).rejects.not.toThrow(/s3cret/u);
  });
});
