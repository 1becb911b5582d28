import { badRequest, ApiError } from "../errors/mod.ts";
import { cloneJson, equalJson, isJsonObject, type Json } from "../json/mod.ts";

/** RFC 6902. The real server's limit. */
const MAX_OPERATIONS = 10_000;

/**
 * The value after the operations, all or none; the given value stays as it is.
 *
 * @throws ApiError BadRequest for a malformed patch, Invalid (422) when an operation cannot be done
 */
export function applyJsonPatch(target: Json, patch: Json): Json {
  if (!Array.isArray(patch)) {
    throw badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  }
  if (patch.length > MAX_OPERATIONS) {
    throw new ApiError(
      413,
      "RequestEntityTooLarge",
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  let result: Json = cloneJson(target);
  for (const operation of patch) result = applyOperation(result, operation);
  return result;
}

/** What kube-apiserver answers for an operation that cannot be done: it does not say which, or why. */
function impossible(): ApiError {
  return new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

function applyOperation(target: Json, operation: Json): Json {
  if (!isJsonObject(operation)) throw badRequest("a JSON patch is a list of objects");
  const { op, path, from } = operation;
  if (typeof path !== "string") throw impossible();
  const value = operation["value"];
  switch (op) {
    case "add":
      return add(target, parsePointer(path), required(value));
    case "remove":
      return remove(target, parsePointer(path));
    case "replace":
      return replace(target, parsePointer(path), required(value));
    case "move": {
      const source = parsePointer(pointerText(from));
      const moved = read(target, source);
      return add(remove(target, source), parsePointer(path), moved);
    }
    case "copy":
      return add(target, parsePointer(path), cloneJson(read(target, parsePointer(pointerText(from)))));
    case "test":
      if (!equalJson(readOptional(target, parsePointer(path)) ?? null, value ?? null)) {
        throw impossible();
      }
      return target;
    default:
      throw impossible();
  }
}

function required(value: Json | undefined): Json {
  if (value === undefined) throw impossible();
  return value;
}

function pointerText(from: Json | undefined): string {
  if (typeof from !== "string") throw impossible();
  return from;
}

/** RFC 6901. */
function parsePointer(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function readOptional(target: Json, pointer: readonly string[]): Json | undefined {
  let value: Json | undefined = target;
  for (const token of pointer) {
    if (Array.isArray(value)) value = value[Number(token)];
    else if (isJsonObject(value) && Object.hasOwn(value, token)) value = value[token];
    else return undefined;
  }
  return value;
}

function read(target: Json, pointer: readonly string[]): Json {
  const value = readOptional(target, pointer);
  if (value === undefined) throw impossible();
  return value;
}

function parentOf(target: Json, pointer: readonly string[]): { parent: Json[] | { [key: string]: Json | undefined }; token: string } {
  const parent = readOptional(target, pointer.slice(0, -1));
  const token = pointer.at(-1) ?? "";
  if (Array.isArray(parent) || isJsonObject(parent)) return { parent, token };
  throw impossible();
}

function indexIn(token: string, limit: number): number {
  const index = Number(token);
  if (!/^\d+$/.test(token) || index > limit) {
    throw impossible();
  }
  return index;
}

function add(target: Json, pointer: readonly string[], value: Json): Json {
  if (pointer.length === 0) return value;
  const { parent, token } = parentOf(target, pointer);
  if (Array.isArray(parent)) {
    const index = token === "-" ? parent.length : indexIn(token, parent.length);
    parent.splice(index, 0, value);
  } else {
    parent[token] = value;
  }
  return target;
}

function remove(target: Json, pointer: readonly string[]): Json {
  const { parent, token } = parentOf(target, pointer);
  if (Array.isArray(parent)) {
    parent.splice(indexIn(token, parent.length - 1), 1);
  } else {
    if (!Object.hasOwn(parent, token)) {
      throw impossible();
    }
    delete parent[token];
  }
  return target;
}

/** The library that kube-apiserver uses also sets a member that is not there. */
function replace(target: Json, pointer: readonly string[], value: Json): Json {
  if (pointer.length === 0) return value;
  const { parent, token } = parentOf(target, pointer);
  if (Array.isArray(parent)) parent[indexIn(token, parent.length - 1)] = value;
  else parent[token] = value;
  return target;
}
