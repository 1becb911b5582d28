import { badRequest, expired, invalid, resourceVersionTooLarge, forbiddenField, type FieldError } from "../errors/mod.ts";
import { isJsonObject, parseJson, type Json } from "../json/mod.ts";
import type { ResourceType } from "../kinds/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { parseFieldSelector, parseLabelSelector } from "../selectors/mod.ts";
import type { Api } from "./api.ts";

export type ListOptions = {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly limit: number;
  readonly continue: string;
  /** Absent: the newest. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
};

export type Selection = (object: KubeObject) => boolean;

/** Which objects of the kind a request is about; undefined namespace: all of them. */
export function selectionOf(
  type: ResourceType,
  namespace: string | undefined,
  options: { readonly labelSelector: string; readonly fieldSelector: string },
): Selection {
  const matchesLabels = parseLabelSelector(options.labelSelector);
  const matchesFields = parseFieldSelector(options.fieldSelector, type.strategy.selectableFields);
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    matchesLabels(object.metadata.labels ?? {}) &&
    matchesFields(object);
}

export type ObjectList = {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
};

const EXPIRED_TOKEN =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/**
 * A list of the collection: of now, or consistently of an earlier revision.
 *
 * @throws ApiError BadRequest, Invalid, Expired (410) or Timeout (504) for a revision of the future
 */
export function listObjects(api: Api, type: ResourceType, namespace: string | undefined, options: ListOptions): ObjectList {
  checkOptions(options);
  const selects = selectionOf(type, namespace, options);
  const start = options.continue === "" ? undefined : parseContinue(options.continue);
  const revision = start?.revision ?? requestedRevision(api, options);
  const stored = revision === undefined ? api.store.list(type.collection) : api.store.listAt(type.collection, revision);
  if (!Array.isArray(stored)) {
    throw start === undefined ? expired(`The resourceVersion for the provided list is too old.`) : expired(EXPIRED_TOKEN);
  }
  const matching = stored
    .filter(({ key }) => start === undefined || key > start.after)
    .map(({ key, object }) => ({ key, object: type.fromStorage(object) }))
    .filter(({ object }) => selects(object));
  const shownRevision = revision ?? api.store.revision;
  const resourceVersion = String(shownRevision);
  if (options.limit <= 0 || matching.length <= options.limit) {
    return { items: matching.map(({ object }) => object), resourceVersion };
  }
  const page = matching.slice(0, options.limit);
  const isUnfiltered = options.labelSelector === "" && options.fieldSelector === "";
  return {
    items: page.map(({ object }) => object),
    resourceVersion,
    continue: encodeContinue(shownRevision, page.at(-1)?.key ?? ""),
    ...(isUnfiltered ? { remainingItemCount: matching.length - page.length } : {}),
  };
}

function checkOptions(options: ListOptions): void {
  const errors: FieldError[] = [];
  const { resourceVersion, resourceVersionMatch } = options;
  if (resourceVersionMatch !== "") {
    if (resourceVersion === "") {
      errors.push(forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    }
    if (options.continue !== "") {
      errors.push(forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
    }
    if (resourceVersionMatch === "Exact" && resourceVersion === "0") {
      errors.push(forbiddenField("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
    if (resourceVersionMatch !== "Exact" && resourceVersionMatch !== "NotOlderThan") {
      errors.push({
        type: "FieldValueNotSupported",
        field: "resourceVersionMatch",
        value: resourceVersionMatch,
        detail: 'supported values: "Exact", "NotOlderThan", ""',
      });
    }
  }
  if (errors.length > 0) {
    throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
  }
  if (options.continue !== "" && resourceVersion !== "" && resourceVersion !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
}

/** The revision that the list must be of; undefined: any that is new enough, so the newest. */
function requestedRevision(api: Api, options: ListOptions): number | undefined {
  const { resourceVersion, resourceVersionMatch, limit } = options;
  if (resourceVersion === "" || resourceVersion === "0") return undefined;
  const revision = parseResourceVersion(resourceVersion);
  if (revision > api.store.revision) throw resourceVersionTooLarge(revision, api.store.revision);
  // Without a match rule, a limit makes the list exact, for the sake of old clients' paging.
  const isExact = resourceVersionMatch === "Exact" || (resourceVersionMatch === "" && limit > 0);
  return isExact ? revision : undefined;
}

/** @throws ApiError Invalid */
export function parseResourceVersion(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw invalid({ group: "", kind: "" }, "", [
    {
      type: "FieldValueInvalid",
      field: "resourceVersion",
      value: text,
      detail: `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    },
  ]);
}

function encodeContinue(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: `${after}\u0000` })).toString("base64url");
}

function parseContinue(token: string): { revision: number; after: string } {
  const value = tokenValue(token);
  if (!isJsonObject(value) || typeof value["rv"] !== "number" || typeof value["start"] !== "string") {
    throw badRequest("continue key is not valid: illegal base64 data or JSON");
  }
  return { revision: value["rv"], after: value["start"].replace("\u0000", "") };
}

function tokenValue(token: string): Json | undefined {
  try {
    return parseJson(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    // Told as a bad request by the caller.
    return undefined;
  }
}
