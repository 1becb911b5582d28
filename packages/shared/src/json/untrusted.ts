import { childPointer } from "./pointer.ts";
import type { Json } from "./model.ts";

/** What a value from outside may not be. */
export type UntrustedJsonCode = "NotJson" | "ForbiddenKey" | "TooDeep" | "TooLarge";

/** A value from outside is refused; `path` is a JSON Pointer. */
export class UntrustedJsonError extends Error {
  override readonly name = "UntrustedJsonError";
  readonly code: UntrustedJsonCode;
  readonly path: string;
  constructor(code: UntrustedJsonCode, path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

export interface JsonLimits {
  /** Levels of nesting. */
  readonly maxDepth: number;
  /** Values of any kind, all levels together: bounds what shared references (YAML aliases) unfold to. */
  readonly maxValues: number;
}

export const DEFAULT_JSON_LIMITS: JsonLimits = { maxDepth: 64, maxValues: 200_000 };

/** Keys that reach an object's prototype when careless code assigns them. No Kubernetes field and no Helm value has such a name. */
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Copies a parsed value of unknown origin (YAML, JSON) into plain JSON: own keys of plain objects, bounded in depth and in number.
 * @throws {UntrustedJsonError}
 */
export function toJson(value: unknown, limits: JsonLimits = DEFAULT_JSON_LIMITS): Json {
  let values = 0;

  function copy(value: unknown, path: string, depth: number): Json {
    values += 1;
    if (values > limits.maxValues) throw new UntrustedJsonError("TooLarge", path, `more than ${limits.maxValues} values`);
    if (depth > limits.maxDepth) throw new UntrustedJsonError("TooDeep", path, `nested deeper than ${limits.maxDepth} levels`);
    switch (typeof value) {
      case "boolean":
        return value;
      case "string":
        if (!value.isWellFormed()) throw new UntrustedJsonError("NotJson", path, "text with a lone surrogate");
        return value;
      case "number":
        if (!Number.isFinite(value)) throw new UntrustedJsonError("NotJson", path, `${value} is not a JSON number`);
        return value;
      case "object":
        if (value === null) return null;
        if (Array.isArray(value)) return value.map((item: unknown, index) => copy(item, childPointer(path, index), depth + 1));
        return copyObject(value, path, depth);
      default:
        throw new UntrustedJsonError("NotJson", path, `a value of type ${typeof value} is not JSON`);
    }
  }

  function copyObject(value: object, path: string, depth: number): Json {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw new UntrustedJsonError("NotJson", path, "not a plain object");
    return Object.fromEntries(
      Object.entries(value).map(([key, item]: [string, unknown]) => {
        if (FORBIDDEN_KEYS.has(key)) throw new UntrustedJsonError("ForbiddenKey", childPointer(path, key), `the key ${key} is not allowed`);
        if (!key.isWellFormed()) throw new UntrustedJsonError("NotJson", path, "a key with a lone surrogate");
        return [key, copy(item, childPointer(path, key), depth + 1)];
      }),
    );
  }

  return copy(value, "", 0);
}
