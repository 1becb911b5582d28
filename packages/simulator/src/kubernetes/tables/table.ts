import type { Json, JsonObject } from "../json/mod.ts";
import type { KubeObject } from "../objects/mod.ts";

/** A column of the table that a kind is shown as (metav1 `TableColumnDefinition`). */
export type Column = {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: string;
  readonly description: string;
  /** 1: shown by `kubectl get -o wide` alone. */
  readonly priority?: number;
  /** What stands in the row of an object; `now` in milliseconds. */
  readonly cell: (object: KubeObject, now: number) => Json;
};

/** What a row carries of its object: its metadata, all of it, or nothing. */
export type IncludeObject = "Metadata" | "Object" | "None";

export type TableOptions = {
  readonly columns: readonly Column[];
  readonly objects: readonly KubeObject[];
  /** Of the list, or of the one object. */
  readonly metadata: JsonObject;
  readonly includeObject: IncludeObject;
  /** Events of a watch after the first one repeat no columns. */
  readonly withColumns: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** The `meta.k8s.io/v1` Table of some objects of one kind. */
export function tableOf({ columns, objects, metadata, includeObject, withColumns, now }: TableOptions): KubeObject {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: withColumns ? columns.map(definition) : null,
    rows: objects.map((object): JsonObject => ({
      cells: columns.map(({ cell }) => cell(object, now)),
      ...conditionsOf(object),
      object: shown(object, includeObject),
    })),
  };
}

function definition({ name, type, format = "", description, priority = 0 }: Column): JsonObject {
  return { name, type, format, description, priority };
}

/** Pods that have ended are marked, so that clients can leave them out. */
function conditionsOf(object: KubeObject): JsonObject {
  if (object.apiVersion !== "v1" || object.kind !== "Pod") return {};
  const status = object["status"];
  const phase = typeof status === "object" && status !== null && !Array.isArray(status) ? status["phase"] : undefined;
  if (phase !== "Succeeded" && phase !== "Failed") return {};
  const message = phase === "Succeeded" ? "The pod has completed successfully." : "The pod failed.";
  return { conditions: [{ type: "Completed", status: "True", reason: phase, message }] };
}

function shown(object: KubeObject, includeObject: IncludeObject): Json {
  switch (includeObject) {
    case "Object":
      return object;
    case "Metadata":
      return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
    case "None":
      return null;
  }
}
