import type { Json, JsonObject } from "../json/mod.ts";
import { numberField, stringField } from "../kinds/mod.ts";
import { NAME_COLUMN } from "./builtin-columns.ts";
import { timeSince } from "./duration.ts";
import { parseJsonPath } from "./json-path.ts";
import type { Column } from "./table.ts";

const AGE: JsonObject = {
  name: "Age",
  type: "date",
  description: "How long ago the object was created.",
  jsonPath: ".metadata.creationTimestamp",
};

/**
 * The columns of a custom resource: those of its definition's `additionalPrinterColumns`, or its age.
 *
 * @throws ApiError 501 for a JSONPath that is more than a simple one
 */
export function customColumns(definitions: readonly JsonObject[]): readonly Column[] {
  return [NAME_COLUMN, ...(definitions.length === 0 ? [AGE] : definitions).map(customColumn)];
}

function customColumn(definition: JsonObject): Column {
  const type = columnType(stringField(definition, "type"));
  const path = stringField(definition, "jsonPath");
  const find = parseJsonPath(path);
  const format = stringField(definition, "format");
  const description = stringField(definition, "description");
  return {
    name: stringField(definition, "name"),
    type,
    ...(format === "" ? {} : { format }),
    description: description === "" ? `Custom resource definition column (in JSONPath format): ${path}` : description,
    priority: numberField(definition, "priority") ?? 0,
    cell: (object, now) => cellOf(type, find(object), now),
  };
}

function columnType(type: string): Column["type"] {
  return type === "integer" || type === "number" || type === "boolean" || type === "date" ? type : "string";
}

/** A value as a column of the type shows it; one of another type is not shown. */
function cellOf(type: Column["type"], value: Json | undefined, now: number): Json {
  if (value === undefined) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      if (typeof value !== "string") return null;
      return Number.isNaN(Date.parse(value)) ? "<invalid>" : timeSince(value, now);
    case "string":
      return typeof value === "string" ? value : JSON.stringify(value);
  }
}
