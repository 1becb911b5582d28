import type { KubeResponse } from "@portolan/agent/kube";
import type { Json, JsonObject } from "../json/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import type { Representation } from "./negotiation.ts";

const encoder = new TextEncoder();

export function encodeLine(value: Json): Uint8Array {
  return encoder.encode(`${JSON.stringify(value)}\n`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** One JSON document as a response; warnings travel in `Warning` headers, as RFC 7234 writes them. */
export function jsonResponse(status: number, value: Json, warnings: readonly string[] = []): KubeResponse {
  return {
    status,
    headers: {
      "content-type": "application/json",
      ...(warnings.length === 0 ? {} : { warning: [...new Set(warnings)].map((text) => `299 - ${JSON.stringify(text)}`).join(", ") }),
    },
    body: once(encodeLine(value)),
  };
}

/** The object as the client wants it shown. */
export function represent(object: KubeObject, representation: Representation): KubeObject {
  if (representation === "object") return object;
  return {
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: object.metadata,
  };
}

/** In lists of built-in kinds the items do not repeat what they are; those of custom resources do. */
export function listDocument(
  listed: { apiVersion: string; kind: string; custom: boolean },
  metadata: JsonObject,
  items: readonly KubeObject[],
  representation: Representation,
): JsonObject {
  if (representation === "metadata") {
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata,
      items: items.map((item) => represent(item, representation)),
    };
  }
  return {
    kind: `${listed.kind}List`,
    apiVersion: listed.apiVersion,
    // Lists of custom resources say that there is no next page, those of built-in kinds say nothing.
    metadata: listed.custom ? { continue: "", ...metadata } : metadata,
    items: listed.custom ? [...items] : items.map(withoutType),
  };
}

function withoutType(item: KubeObject): JsonObject {
  const untyped: JsonObject = { ...item };
  delete untyped["apiVersion"];
  delete untyped["kind"];
  return untyped;
}
