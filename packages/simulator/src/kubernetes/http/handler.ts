import type { KubeRequest, KubeResponse } from "@portolan/agent/kube";
import { attributesOf, authorize, mayDoEverything, userOf, type User } from "../authorization/mod.ts";
import {
  createObject,
  deleteCollection,
  deleteObject,
  getObject,
  getScale,
  listObjects,
  parseDeleteOptions,
  patchObject,
  podLog,
  putObject,
  readObject,
  updateScale,
  type Api,
  type Patch,
  type Subresource,
  type UpdateResult,
  type WriteOptions,
} from "../endpoints/mod.ts";
import {
  ApiError,
  badRequest,
  invalid,
  methodNotAllowed,
  notImplemented,
  noSuchRoute,
  notFound,
  PageNotFound,
  pathNotFound,
  required,
  unsupportedMediaType,
  unsupportedPatchType,
  forbiddenField,
} from "../errors/mod.ts";
import { groupResource, type KindRegistry, type ResourceType } from "../kinds/mod.ts";
import { openApiDocument, openApiIndex } from "../openapi/mod.ts";
import { applyJsonPatch, applyMergePatch } from "../patch/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { accessReviewDocument } from "./access-review.ts";
import { AGGREGATED_TYPE, aggregatedDocument, wantsAggregated } from "./aggregated-discovery.ts";
import { coreVersionsDocument, groupsDocument, oneGroupDocument, resourcesDocument, versionDocument } from "./discovery.ts";
import { mediaType, negotiate, readBody, readJson, readYaml } from "./negotiation.ts";
import { isTrue, parseIncludeObject, parseListOptions, parseWriteOptions } from "./parameters.ts";
import { jsonResponse, listDocument, represent, type View } from "./response.ts";
import { parseRoute, type Route } from "./route.ts";
import { watchResponse, type WatchRegister } from "./watch-stream.ts";

/** Everything that the handler of one cluster needs. */
export type HandlerContext = {
  readonly api: Api;
  readonly version: string;
  readonly watches: WatchRegister;
};

/** A cluster's API over plain requests; the real HTTP server and the in-process transport share it. */
export function handleRequest(context: HandlerContext, request: KubeRequest): KubeResponse {
  try {
    return dispatch(context, request);
  } catch (error) {
    if (error instanceof PageNotFound) return textResponse(404, `${error.message}\n`);
    if (!(error instanceof ApiError)) throw error;
    return jsonResponse(error.code, error.status);
  }
}

function dispatch(context: HandlerContext, request: KubeRequest): KubeResponse {
  const url = new URL(request.path, "http://embedded");
  const user = userOf(request.headers);
  // Most clients are administrators, whose requests need not be taken apart twice.
  if (!mayDoEverything(user)) authorize(context.api.store, user, attributesOf(request));
  const route = parseRoute(context.api.registry, url.pathname);
  const exchange = { context, request, user, query: url.searchParams };
  const accept = request.headers["accept"] ?? "";
  switch (route.kind) {
    case "version":
      return jsonResponse(200, versionDocument(context.version));
    case "health":
      return textResponse(200, "ok");
    case "api":
      return wantsAggregated(accept) ? aggregatedResponse(context.api.registry, "core") : jsonResponse(200, coreVersionsDocument());
    case "apis":
      return wantsAggregated(accept)
        ? aggregatedResponse(context.api.registry, "named")
        : jsonResponse(200, groupsDocument(context.api.registry));
    case "openApi":
      return jsonResponse(200, openApiIndex(context.api.registry));
    case "openApiDocument":
      negotiate(accept);
      return jsonResponse(200, openApiDocument(context.api.registry, route.apiVersion, context.version));
    case "group":
      return jsonResponse(200, oneGroupDocument(context.api.registry, route.group));
    case "resources":
      return jsonResponse(200, resourcesDocument(context.api.registry, route.apiVersion));
    case "accessReview":
      return reviewAccess(exchange, route.of);
    case "collection":
      return collection(exchange, route);
    case "object":
      return single(exchange, route);
  }
}

type Exchange = {
  readonly context: HandlerContext;
  readonly request: KubeRequest;
  /** Who asks, or who is impersonated. */
  readonly user: User;
  readonly query: URLSearchParams;
};

function textResponse(status: number, text: string): KubeResponse {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: (async function* body() {
      yield await Promise.resolve(new TextEncoder().encode(text));
    })(),
  };
}

function aggregatedResponse(registry: KindRegistry, which: "core" | "named"): KubeResponse {
  const response = jsonResponse(200, aggregatedDocument(registry, which));
  return { ...response, headers: { ...response.headers, "content-type": AGGREGATED_TYPE } };
}

/** @throws ApiError NotAcceptable, BadRequest */
function viewOf({ context, request, query }: Exchange, type: ResourceType): View {
  const representation = negotiate(request.headers["accept"] ?? "");
  return { representation, type, includeObject: parseIncludeObject(query), now: context.api.now() };
}

function writeOptions(exchange: Exchange, kind: string): WriteOptions {
  return parseWriteOptions(exchange.query, exchange.request.headers["user-agent"] ?? "", kind);
}

function reviewAccess({ context, request, user }: Exchange, kind: Extract<Route, { kind: "accessReview" }>["of"]): KubeResponse {
  if (request.method !== "POST") throw noSuchRoute();
  const review = readBody(request.headers["content-type"], request.body ?? "", kind);
  return jsonResponse(201, accessReviewDocument(context.api.store, kind, user, review));
}

function collection(exchange: Exchange, { type, namespace }: Extract<Route, { kind: "collection" }>): KubeResponse {
  const { request, query, context } = exchange;
  const { api } = context;
  const view = viewOf(exchange, type);
  switch (request.method) {
    case "GET": {
      if (isTrue(query.get("watch") ?? "false")) {
        return watchResponse(api, context.watches, view, namespace, query, request.signal);
      }
      const list = listObjects(api, type, namespace, parseListOptions(query));
      const { items, ...metadata } = list;
      return jsonResponse(200, listDocument(metadata, items, view));
    }
    case "POST":
      return create(exchange, type, namespace, view);
    case "DELETE": {
      if (!type.verbs.includes("deletecollection")) {
        throw refuseMethod(type, "deletecollection");
      }
      return deleteAll(exchange, type, namespace, view);
    }
    case "PUT":
    case "PATCH":
      throw type.custom ? badRequest("name must be provided") : noSuchRoute();
  }
}

function create(exchange: Exchange, type: ResourceType, namespace: string | undefined, view: View): KubeResponse {
  const { request, context } = exchange;
  if (type.namespaced && namespace === undefined) throw refuseMethod(type, "create");
  const options = writeOptions(exchange, "CreateOptions");
  const body = readBody(request.headers["content-type"], request.body ?? "", type.kind);
  const object = createObject(context.api, type, namespace, body, options);
  return jsonResponse(201, represent(object, view), options.warnings);
}

function deleteAll(exchange: Exchange, type: ResourceType, namespace: string | undefined, view: View): KubeResponse {
  const { request, query, context } = exchange;
  const warnings: string[] = [];
  const body = deleteBody(request);
  const options = parseDeleteOptions(body, query, warnings);
  const { items, ...metadata } = listObjects(context.api, type, namespace, parseListOptions(query));
  const deleted = deleteCollection(context.api, type, items, options);
  return jsonResponse(200, listDocument(metadata, deleted, view), warnings);
}

function refuseMethod(type: ResourceType, verb: string): ApiError {
  return type.custom ? methodNotAllowed(groupResource(type), verb) : noSuchRoute();
}

function deleteBody({ body = "" }: KubeRequest): ReturnType<typeof readJson> | undefined {
  return body === "" ? undefined : readJson(body, badRequest);
}

type Target = { namespace: string | undefined; name: string; subresource: Subresource };

function single(exchange: Exchange, route: Extract<Route, { kind: "object" }>): KubeResponse {
  const { type, namespace, name } = route;
  const { request, context, query } = exchange;
  const view = viewOf(exchange, type);
  if (route.subresource === "log" && type.apiVersion === "v1" && type.kind === "Pod") return log(exchange, type, { namespace, name });
  if (route.subresource === "scale") return scale(exchange, type, namespace, name);
  const subresource = knownSubresource(type, name, route.subresource);
  const target: Target = { namespace, name, subresource };
  switch (request.method) {
    case "GET":
      return jsonResponse(200, represent(getObject(context.api, type, namespace, name), view));
    case "PUT": {
      const options = writeOptions(exchange, "UpdateOptions");
      const body = readBody(request.headers["content-type"], request.body ?? "", type.kind);
      if (type.strategy.allowCreateOnUpdate === true) authorizeCreation(exchange, type, target);
      const result = putObject(context.api, type, target, body, options);
      return written(result, view, options);
    }
    case "PATCH": {
      const options = writeOptions(exchange, "PatchOptions");
      const patch = readPatch(exchange, type);
      if (patch.kind === "apply") authorizeCreation(exchange, type, target);
      const result = patchObject(context.api, type, target, patch, options);
      return written(result, view, options);
    }
    case "DELETE": {
      if (subresource !== "") throw refuseMethod(type, "delete");
      const warnings: string[] = [];
      const body = deleteBody(request);
      const options = parseDeleteOptions(body, query, warnings);
      const result = deleteObject(context.api, type, namespace, name, options);
      return jsonResponse(200, result.gone ? result.status : represent(result.object, view), warnings);
    }
    case "POST":
      // The handler of custom resources takes no notice of a name in the path.
      if (type.custom && subresource === "") return create(exchange, type, namespace, view);
      throw refuseMethod(type, "create");
  }
}

const LOG_PARAMETERS: ReadonlySet<string> = new Set(["container", "tailLines", "limitBytes"]);

/** @throws ApiError; 501 for any other parameter */
function log({ context, request, query }: Exchange, type: ResourceType, target: Pick<Target, "namespace" | "name">): KubeResponse {
  if (request.method !== "GET") throw refuseMethod(type, request.method.toLowerCase());
  const unserved = [...query.keys()].find((name) => !LOG_PARAMETERS.has(name));
  if (unserved !== undefined) throw notImplemented(`the parameter ${unserved} of logs`);
  const amount = (name: string): number | undefined => {
    const value = query.get(name);
    if (value === null) return undefined;
    if (!/^\d+$/.test(value)) throw notImplemented(`logs whose ${name} is no number`);
    return Number(value);
  };
  const text = podLog(context.api, type, target, {
    container: query.get("container") ?? "",
    tailLines: amount("tailLines"),
    limitBytes: amount("limitBytes"),
  });
  return text === undefined ? textResponse(204, "") : textResponse(200, text);
}

/** A write that makes the object needs the permission to create it as well. */
function authorizeCreation({ context, request, user }: Exchange, type: ResourceType, { namespace, name }: Target): void {
  if (mayDoEverything(user) || readObject(context.api, type, namespace, name) !== undefined) return;
  authorize(context.api.store, user, { ...attributesOf(request), verb: "create" });
}

function written({ object, created }: UpdateResult, view: View, options: WriteOptions): KubeResponse {
  return jsonResponse(created ? 201 : 200, represent(object, view), options.warnings);
}

/** Subresources that Kubernetes has and this API has not are refused by name; what no kind has is not found. */
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set([
  "attach",
  "binding",
  "ephemeralcontainers",
  "eviction",
  "exec",
  "finalize",
  "portforward",
  "proxy",
  "resize",
  "token",
]);

function knownSubresource(type: ResourceType, name: string, subresource: string): Subresource {
  if (subresource === "") return "";
  if (subresource === "status" && type.subresources.has("status")) return "status";
  if (!type.custom && KNOWN_ELSEWHERE.has(subresource)) {
    throw notImplemented(`the ${subresource} subresource of ${type.plural}`);
  }
  throw type.custom ? notFound(groupResource(type), name) : pathNotFound();
}

const CUSTOM_PATCH_TYPES = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];

function readPatch(exchange: Exchange, type: ResourceType): Patch {
  const { request, query } = exchange;
  const body = request.body ?? "";
  const contentType = mediaType(request.headers["content-type"]);
  const isApply = contentType === "application/apply-patch+yaml";
  const errors = [];
  if (isApply && (query.get("fieldManager") ?? "") === "") {
    errors.push(required("fieldManager", "is required for apply patch"));
  }
  if (!isApply && query.has("force")) {
    errors.push(forbiddenField("force", "may not be specified for non-apply patch"));
  }
  switch (contentType) {
    case "application/json-patch+json":
    case "application/merge-patch+json": {
      if (errors.length > 0) throw invalidOptions(errors);
      const value = readJson(body, () => badRequest("invalid JSON patch"));
      return contentType === "application/json-patch+json" ? { kind: "json", operations: value } : { kind: "merge", patch: value };
    }
    case "application/apply-patch+yaml":
      if (errors.length > 0) throw invalidOptions(errors);
      return {
        kind: "apply",
        configuration: readYaml(body),
        force: query.has("force") && isTrue(query.get("force")),
      };
    case "application/strategic-merge-patch+json":
      if (type.custom) throw unsupportedMediaType(CUSTOM_PATCH_TYPES);
      if (errors.length > 0) throw invalidOptions(errors);
      return { kind: "strategic", patch: readJson(body, badRequest) };
    default:
      if (!type.custom) throw unsupportedPatchType();
      throw unsupportedMediaType(CUSTOM_PATCH_TYPES);
  }
}

function invalidOptions(errors: Parameters<typeof invalid>[2]): ApiError {
  return invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", errors);
}

function scale(exchange: Exchange, type: ResourceType, namespace: string | undefined, name: string): KubeResponse {
  const { request, context } = exchange;
  if (type.scale === undefined) throw pathNotFound();
  switch (request.method) {
    case "GET":
      return jsonResponse(200, getScale(context.api, type, namespace, name));
    case "PUT": {
      const options = writeOptions(exchange, "UpdateOptions");
      const body = readBody(request.headers["content-type"], request.body ?? "", type.kind);
      const object = updateScale(context.api, type, namespace, name, () => body, options);
      return jsonResponse(200, object, options.warnings);
    }
    case "PATCH": {
      const options = writeOptions(exchange, "PatchOptions");
      const patch = readPatch(exchange, type);
      if (patch.kind === "apply") throw notImplemented("server-side apply of scale");
      const change = (current: KubeObject): ReturnType<typeof readJson> =>
        // A Scale has no list that could be merged in two ways.
        patch.kind === "json" ? applyJsonPatch(current, patch.operations) : applyMergePatch(current, patch.patch);
      const object = updateScale(context.api, type, namespace, name, change, options);
      return jsonResponse(200, object, options.warnings);
    }
    case "POST":
    case "DELETE":
      throw refuseMethod(type, request.method.toLowerCase());
  }
}
