import type { JsonObject } from "../json/mod.ts";
import { describeFieldErrors, type FieldError, type StatusCause } from "./field-error.ts";

export type StatusDetails = {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
};

export type Status = {
  kind: "Status";
  apiVersion: "v1";
  metadata: JsonObject;
  status: "Failure" | "Success";
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
};

/** Names a resource in messages: `configmaps`, `deployments.apps`. */
export type GroupResource = { readonly group: string; readonly resource: string };
/** Names a kind in messages: `Deployment.apps`. */
export type GroupKind = { readonly group: string; readonly kind: string };

/** A refusal of the API: answered with its Status, whose words and reasons are those of kube-apiserver. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: Status;
  readonly code: number;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason === "" ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

export function describeResource({ group, resource }: GroupResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

export function describeKind({ group, kind }: GroupKind): string {
  return group === "" ? kind : `${kind}.${group}`;
}

function detailsOf({ group, resource }: GroupResource, name: string): StatusDetails {
  return {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    kind: resource,
  };
}

export function notFound(resource: GroupResource, name: string): ApiError {
  return new ApiError(404, "NotFound", `${describeResource(resource)} ${JSON.stringify(name)} not found`, detailsOf(resource, name));
}

/** What the API answers for a path that no resource of a served group lives at. */
export function pathNotFound(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

/** A path that no handler at all is there for: answered in plain text. */
export class PageNotFound extends Error {
  override readonly name = "PageNotFound";

  constructor() {
    super("404 page not found");
  }
}

export function alreadyExists(resource: GroupResource, name: string): ApiError {
  return new ApiError(
    409,
    "AlreadyExists",
    `${describeResource(resource)} ${JSON.stringify(name)} already exists`,
    detailsOf(resource, name),
  );
}

export function conflict(resource: GroupResource, name: string, why: string): ApiError {
  return new ApiError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${describeResource(resource)} ${JSON.stringify(name)}: ${why}`,
    detailsOf(resource, name),
  );
}

export function applyConflict(message: string, causes: StatusCause[]): ApiError {
  return new ApiError(409, "Conflict", message, { causes });
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

export function forbidden(resource: GroupResource, name: string, why: string, causes?: StatusCause[]): ApiError {
  const subject = name === "" ? "" : ` ${JSON.stringify(name)}`;
  return new ApiError(403, "Forbidden", `${describeResource(resource)}${subject} is forbidden: ${why}`, {
    ...detailsOf(resource, name),
    ...(causes === undefined ? {} : { causes }),
  });
}

/** As forbidden, of a path that is no resource's. */
export function forbiddenPath(why: string): ApiError {
  return new ApiError(403, "Forbidden", `forbidden: ${why}`, {});
}

export function invalid(kind: GroupKind, name: string, errors: readonly FieldError[]): ApiError {
  const described = describeFieldErrors(errors);
  return new ApiError(
    422,
    "Invalid",
    `${describeKind(kind)} ${JSON.stringify(name)} is invalid${described.message === "" ? "" : `: ${described.message}`}`,
    {
      ...(name === "" ? {} : { name }),
      ...(kind.group === "" ? {} : { group: kind.group }),
      ...(kind.kind === "" ? {} : { kind: kind.kind }),
      causes: described.causes,
    },
  );
}

/** The history no longer reaches back to the version that was asked for. */
export function expired(message: string): ApiError {
  return new ApiError(410, "Expired", message);
}

export function internalError(message: string): ApiError {
  return new ApiError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}

/** An error that the real server sends without a reason of its own: a plain text made into a Status. */
export function serverError(message: string): ApiError {
  return new ApiError(500, "", message);
}

export function methodNotAllowed(resource: GroupResource, verb: string): ApiError {
  return new ApiError(
    405,
    "MethodNotAllowed",
    `${verb} is not supported on resources of kind ${JSON.stringify(describeResource(resource))}`,
    detailsOf(resource, ""),
  );
}

/** As methodNotAllowed, in the words for built-in kinds, whose paths have no such route. */
export function noSuchRoute(): ApiError {
  return new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

/** As unsupportedMediaType, in the words for patches of built-in kinds. */
export function unsupportedPatchType(): ApiError {
  return new ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}

export function notAcceptable(accepted: readonly string[]): ApiError {
  return new ApiError(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);
}

export function resourceVersionTooLarge(requested: number, current: number): ApiError {
  return new ApiError(504, "Timeout", `Timeout: Too large resource version: ${requested}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** What a real server does and this one does not: said, never guessed. */
export function notImplemented(what: string): ApiError {
  return new ApiError(501, "NotImplemented", `the embedded Kubernetes API does not implement ${what}`);
}
