import { badRequest, invalid, type FieldError } from "../errors/mod.ts";
import type { ListOptions } from "../endpoints/mod.ts";
import type { WriteOptions } from "../endpoints/mod.ts";
import type { IncludeObject } from "../tables/mod.ts";

const MAX_MANAGER_LENGTH = 128;

/** The name that a client's writes are tracked under when it gives none: its program's. */
function managerOf(userAgent: string): string {
  return userAgent.split("/")[0]?.slice(0, MAX_MANAGER_LENGTH) ?? "";
}

/**
 * The options of a write.
 *
 * @param optionsKind `CreateOptions`, `UpdateOptions` or `PatchOptions`: names them in errors
 * @throws ApiError Invalid
 */
export function parseWriteOptions(query: URLSearchParams, userAgent: string, optionsKind: string): WriteOptions {
  const errors: FieldError[] = [];
  const fieldManager = query.get("fieldManager") ?? "";
  if (fieldManager.length > MAX_MANAGER_LENGTH) {
    errors.push({
      type: "FieldValueTooLong",
      field: "fieldManager",
      detail: `may not be more than ${MAX_MANAGER_LENGTH} bytes`,
    });
  }
  const dryRun = query.getAll("dryRun");
  if (dryRun.some((value) => value !== "All")) {
    errors.push({
      type: "FieldValueNotSupported",
      field: "dryRun",
      value: dryRun,
      detail: 'supported values: "All"',
    });
  }
  const validation = query.get("fieldValidation") ?? "";
  if (!["", "Ignore", "Warn", "Strict"].includes(validation)) {
    errors.push({
      type: "FieldValueNotSupported",
      field: "fieldValidation",
      value: validation,
      detail: 'supported values: "", "Ignore", "Warn", "Strict"',
    });
  }
  if (errors.length > 0) {
    throw invalid({ group: "meta.k8s.io", kind: optionsKind }, "", errors);
  }
  return {
    dryRun: dryRun.length > 0,
    fieldManager: fieldManager === "" ? managerOf(userAgent) : fieldManager,
    fieldValidation: validation === "Ignore" || validation === "Strict" ? validation : "Warn",
    warnings: [],
  };
}

export function parseListOptions(query: URLSearchParams): ListOptions {
  const limit = query.get("limit") ?? "0";
  if (!/^-?\d+$/.test(limit)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`);
  }
  return {
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
    limit: Number(limit),
    continue: query.get("continue") ?? "",
    resourceVersion: query.get("resourceVersion") ?? "",
    resourceVersionMatch: query.get("resourceVersionMatch") ?? "",
  };
}

/** What the rows of a table carry of their objects. @throws ApiError BadRequest */
export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get("includeObject") ?? "";
  switch (value) {
    case "":
      return "Metadata";
    case "Metadata":
    case "Object":
    case "None":
      return value;
    default:
      throw badRequest(
        `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
      );
  }
}

export function isTrue(value: string | null): boolean {
  return value === "true" || value === "1" || value === "";
}
