/**
 * Definitions that are kept in the cluster, in ConfigMaps beside the instance: an operation must go on with what it accepted,
 * whatever becomes of the catalogs. Their names hold their digest, so that the status switches from old to new ones in one write.
 * Compressed and cut into chunks, because a ConfigMap holds at most 1 MiB.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import type { ServiceDefinition } from "@portolan/shared/catalog";
import { canonicalJson, sha256Hex } from "@portolan/shared/json";
import { stringAt } from "../fields/mod.ts";
import { ownerReference, type KubeClient, type KubeObject } from "../kube/mod.ts";
import { AGENT_MANAGER, labels, type ServiceInstance } from "../resources/mod.ts";

const chunkBytes = 512 * 1024;
const mostBytes = 64 * 1024 * 1024;
/** On everything that is kept for an instance: the digest of the definitions, in short. */
export const digestLabel = "portolan.dev/definitions";

/** Where an instance's definitions are kept. */
export interface DefinitionsOwner {
  readonly instance: ServiceInstance;
  readonly applySetId: string;
}

/** SHA-256 of the canonical JSON of definitions. */
export function definitionsDigest(definitions: ServiceDefinition): string {
  return sha256Hex(canonicalJson(definitions));
}

/** Writes the definitions and returns their digest. Writing the same again changes nothing. */
export async function keepDefinitions(kube: KubeClient, owner: DefinitionsOwner, definitions: ServiceDefinition): Promise<string> {
  const digest = definitionsDigest(definitions);
  const packed = gzipSync(canonicalJson(definitions));
  const chunks = Math.ceil(packed.length / chunkBytes);
  for (let index = 0; index < chunks; index++) {
    const bytes = packed.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    await kube.apply(chunkObject(owner, digest, index, chunks, bytes), { fieldManager: AGENT_MANAGER, force: true });
  }
  return digest;
}

/** Reads the definitions with a digest; undefined when they are not there, or were altered. */
export async function readDefinitions(kube: KubeClient, instance: ServiceInstance, digest: string): Promise<ServiceDefinition | undefined> {
  const parts: Buffer[] = [];
  for (let index = 0, chunks = 1; index < chunks; index++) {
    const map = await kube.get({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: instance.metadata.namespace,
      name: chunkName(instance, digest, index),
    });
    if (map === undefined) return undefined;
    parts.push(Buffer.from(stringAt(map, "binaryData", "definitions") ?? "", "base64"));
    chunks = Number(stringAt(map, "data", "chunks") ?? "1");
  }
  const definitions = unpack(Buffer.concat(parts));
  return definitions !== undefined && definitionsDigest(definitions) === digest ? definitions : undefined;
}

function chunkObject({ instance, applySetId }: DefinitionsOwner, digest: string, index: number, chunks: number, bytes: Buffer): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: chunkName(instance, digest, index),
      namespace: instance.metadata.namespace,
      labels: { [labels.instance]: applySetId, [digestLabel]: shortDigest(digest) },
      ownerReferences: [ownerReference({ ...instance })],
    },
    data: { chunks: String(chunks) },
    binaryData: { definitions: bytes.toString("base64") },
  };
}

/** What the agent has written itself; anything else counts as absent, and the caller says that it is lost. */
function unpack(packed: Buffer): ServiceDefinition | undefined {
  try {
    const definitions: unknown = JSON.parse(gunzipSync(packed, { maxOutputLength: mostBytes }).toString("utf8"));
    // Its digest is compared next: only what the agent has written itself passes.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return definitions as ServiceDefinition;
  } catch {
    // Truncated or altered by another hand.
    return undefined;
  }
}

function chunkName(instance: ServiceInstance, digest: string, index: number): string {
  return `portolan-${instance.metadata.name}-${shortDigest(digest)}-${index}`;
}

/** As much of a digest as stands in names and labels. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 16);
}
