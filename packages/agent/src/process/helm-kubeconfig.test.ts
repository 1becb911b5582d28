import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { helmKubeconfig } from "./helm-kubeconfig.ts";

it("helm is given the file that was named, looks for others itself, and in a pod gets one without a secret", async () => {
  const dir = await mkdtemp(join(tmpdir(), "portolan-helm-kubeconfig-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const state = join(dir, "agents/one");
  expect(await helmKubeconfig({ kind: "named", file: "/etc/kubeconfig" }, state)).toBe("/etc/kubeconfig");
  expect(await helmKubeconfig({ kind: "listed", files: ["/etc/kubeconfig"] }, state)).toBeUndefined();
  expect(await helmKubeconfig({ kind: "home", file: "/home/ada/.kube/config" }, state)).toBeUndefined();

  const written = await helmKubeconfig({ kind: "pod", account: { server: "https://10.96.0.1:443", folder: "/run/account" } }, state);
  expect(JSON.parse(await readFile(written ?? "", "utf8"))).toMatchObject({
    clusters: [{ cluster: { server: "https://10.96.0.1:443", "certificate-authority": "/run/account/ca.crt" } }],
    users: [{ user: { tokenFile: "/run/account/token" } }],
  });
  // helm warns of one that others can read.
  expect((await stat(written ?? "")).mode & 0o777).toBe(0o600);
});
