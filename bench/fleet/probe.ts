/** The instance that is measured: the same in every cluster. */
import type { KubeClient } from "@portolan/agent/kube";
import { join } from "node:path";

export const probe = { service: "probe", namespace: "default", name: "probe" } as const;
export const probeRef = {
  apiVersion: "portolan.dev/v1alpha1",
  kind: "ServiceInstance",
  namespace: probe.namespace,
  name: probe.name,
} as const;
export const probeCatalog = join(import.meta.dirname, "catalog");

const manager = { fieldManager: "kubectl-client-side-apply" };

export async function installProbe(kube: KubeClient): Promise<void> {
  const { apiVersion, kind, name, namespace } = probeRef;
  await kube.create({ apiVersion, kind, metadata: { name, namespace }, spec: { service: probe.service, version: "1.0.0" } }, manager);
}

/** Changes the message of the condition Ready; the agent reports it, and puts its own message back. */
export async function markStatus(kube: KubeClient, mark: string): Promise<void> {
  const now = new Date().toISOString();
  const condition = { type: "Ready", status: "True", reason: "Installed", message: mark, lastTransitionTime: now };
  await kube.patch(
    probeRef,
    { type: "merge", patch: { status: { conditions: [condition] } } },
    { fieldManager: "bench", subresource: "status" },
  );
}
