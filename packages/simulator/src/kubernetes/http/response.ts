import type { KubeResponse } from "@portolan/agent/kube";
import type { Json, JsonObject } from "../json/mod.ts";
import type { ResourceType } from "../kinds/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { columnsOf, tableOf, type IncludeObject } from "../tables/mod.ts";
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

/** How a client wants the objects of a kind shown. */
export type View = {
  readonly representation: Representation;
  readonly type: ResourceType;
  readonly includeObject: IncludeObject;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/**
 * The object as the client wants it shown.
 *
 * @param withColumns whether a table repeats its columns
 */
export function represent(object: KubeObject, view: View, withColumns = true): KubeObject {
  switch (view.representation) {
    case "object":
      return object;
    case "metadata":
      return metadataOf(object);
    case "table": {
      const { resourceVersion } = object.metadata;
      return table(view, [object], resourceVersion === undefined ? {} : { resourceVersion }, withColumns);
    }
  }
}

function metadataOf(object: KubeObject): KubeObject {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

function table({ type, includeObject, now }: View, objects: readonly KubeObject[], metadata: JsonObject, withColumns: boolean): KubeObject {
  return tableOf({ columns: columnsOf(type), objects, metadata, includeObject, withColumns, now });
}

/** In lists of built-in kinds the items do not repeat what they are; those of custom resources do. */
export function listDocument(metadata: JsonObject, items: readonly KubeObject[], view: View): JsonObject {
  const { type } = view;
  switch (view.representation) {
    case "table":
      return table(view, items, metadata, true);
    case "metadata":
      // Go writes an empty list that was never made as null.
      return {
        kind: "PartialObjectMetadataList",
        apiVersion: "meta.k8s.io/v1",
        metadata,
        items: items.length === 0 ? null : items.map(metadataOf),
      };
    case "object":
      return {
        kind: `${type.kind}List`,
        apiVersion: type.apiVersion,
        // Lists of custom resources say that there is no next page, those of built-in kinds say nothing.
        metadata: type.custom ? { continue: "", ...metadata } : metadata,
        items: type.custom ? [...items] : items.map(withoutType),
      };
  }
}

function withoutType(item: KubeObject): JsonObject {
  const untyped: JsonObject = { ...item };
  delete untyped["apiVersion"];
  delete untyped["kind"];
  return untyped;
}
