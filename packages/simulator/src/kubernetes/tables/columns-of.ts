import type { ResourceType } from "../kinds/mod.ts";
import { builtinColumns } from "./builtin-columns.ts";
import { customColumns } from "./custom-columns.ts";
import type { Column } from "./table.ts";

const known = new WeakMap<ResourceType, readonly Column[]>();

/** @throws ApiError 501 for printer columns that are not drawn here */
export function columnsOf(type: ResourceType): readonly Column[] {
  const cached = known.get(type);
  if (cached !== undefined) return cached;
  const columns = type.printerColumns === undefined ? builtinColumns(type.group, type.kind) : customColumns(type.printerColumns);
  known.set(type, columns);
  return columns;
}
