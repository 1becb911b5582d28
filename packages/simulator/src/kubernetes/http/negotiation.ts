import { notAcceptable, notImplemented, unsupportedMediaType } from "../errors/mod.ts";
import { hasPrototypeMember, isJsonObject, parseJson, type Json } from "../json/mod.ts";
import { badRequest } from "../errors/mod.ts";
import { parse as parseYaml } from "yaml";

/** How objects are shown: whole, their metadata alone, or as rows of a table. */
export type Representation = "object" | "metadata" | "table";

type MediaType = { readonly type: string; readonly as: string };

function parseAccept(header: string): MediaType[] {
  return header.split(",").map((part) => {
    const [type = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    const as = parameters.find((parameter) => parameter.startsWith("as="));
    return { type: type.toLowerCase(), as: as?.slice(3) ?? "" };
  });
}

function isJson(type: string): boolean {
  return ["", "*/*", "application/*", "application/json"].includes(type);
}

/**
 * The first of the accepted representations that is served.
 *
 * @throws ApiError NotAcceptable
 */
export function negotiate(accept: string): Representation {
  const accepted = parseAccept(accept);
  for (const { type, as } of accepted) {
    if (!isJson(type)) continue;
    if (as === "") return "object";
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return "metadata";
    if (as === "Table") return "table";
  }
  throw notAcceptable(["application/json"]);
}

export function mediaType(header: string | undefined): string {
  return (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** @throws ApiError 501 for a value that JavaScript's objects cannot hold */
function acceptable(value: Json): Json {
  if (hasPrototypeMember(value)) throw notImplemented("members that are named __proto__");
  return value;
}

const BODY_TYPES = ["application/json", "application/yaml"];

/**
 * The body of a POST or PUT.
 *
 * @param kind the kind that is expected, for errors
 * @throws ApiError UnsupportedMediaType or BadRequest
 */
export function readBody(contentType: string | undefined, body: string, kind: string): Json {
  const type = mediaType(contentType);
  if (type !== "" && !BODY_TYPES.includes(type)) throw unsupportedMediaType(BODY_TYPES);
  const refuse = (problem: string): Error =>
    badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${problem} (${summarize(body)})`,
    );
  const value = type === "application/yaml" ? readYaml(body) : readJson(body, refuse);
  if (isJsonObject(value)) return value;
  throw refuse(
    `json: cannot unmarshal ${Array.isArray(value) ? "array" : typeof value} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
  );
}

/** A body as errors show it: JSON as it is, anything else in hexadecimal. */
function summarize(body: string): string {
  return body.startsWith("{") ? body.slice(0, 1024) : Buffer.from(body).toString("hex").slice(0, 1024);
}

/** @throws what `refuse` makes of a body that is not JSON */
export function readJson(body: string, refuse: (problem: string) => Error): Json {
  try {
    return acceptable(parseJson(body));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = /at position (\d+)/.exec(error.message)?.[1];
    const isCutOff = position === undefined || Number(position) >= body.length;
    throw refuse(isCutOff ? "unexpected end of JSON input" : error.message);
  }
}

/** JSON is YAML too; it is read as JSON because that is much faster. @throws ApiError BadRequest */
export function readYaml(body: string): Json {
  if (body.trimStart().startsWith("{")) {
    try {
      return acceptable(parseJson(body));
    } catch (error) {
      // A flow mapping that is YAML and not JSON: read below.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  try {
    const value: unknown = parseYaml(body, { maxAliasCount: 100 });
    return isJsonObject(value) ? acceptable(value) : null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw badRequest(`error decoding patch: ${error.message}`);
  }
}
