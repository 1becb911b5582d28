import { isJsonObject, type Json } from "../json/mod.ts";

/** The kinds of field errors and the words that open their message (apimachinery `field.ErrorType`). */
const WORDS = {
  FieldValueNotFound: "Not found",
  FieldValueRequired: "Required value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueInvalid: "Invalid value",
  FieldValueTypeInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  InternalError: "Internal error",
} as const;

type FieldErrorType = keyof typeof WORDS;

/** One of the causes in the details of a status (apimachinery `metav1.StatusCause`). */
export type StatusCause = { reason?: string; message?: string; field?: string };

/** One thing that is wrong with one field. */
export type FieldError = {
  readonly type: FieldErrorType;
  /** `spec.ports[0].name`; `<nil>` stands for the whole object. */
  readonly field: string;
  /** Absent for errors whose message does not show the value. */
  readonly value?: Json;
  readonly detail: string;
};

export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, detail };
}

export function invalidValue(field: string, value: Json, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, value, detail };
}

export function typeInvalid(field: string, value: Json, detail: string): FieldError {
  return { type: "FieldValueTypeInvalid", field, value, detail };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, detail };
}

export function duplicate(field: string, value: Json): FieldError {
  return { type: "FieldValueDuplicate", field, value, detail: "" };
}

export function notSupported(field: string, value: Json, supported: readonly string[]): FieldError {
  const quoted = supported.map((item) => JSON.stringify(item)).join(", ");
  return {
    type: "FieldValueNotSupported",
    field,
    value,
    detail: supported.length === 0 ? "" : `supported values: ${quoted}`,
  };
}

export function tooLong(field: string, maximum: number): FieldError {
  const detail = maximum >= 0 ? `may not be more than ${maximum} ${maximum === 1 ? "byte" : "bytes"}` : "value is too long";
  return { type: "FieldValueTooLong", field, detail };
}

export function tooMany(field: string, actual: number, maximum: number): FieldError {
  return {
    type: "FieldValueTooMany",
    field,
    value: actual,
    detail: `must have at most ${maximum} ${maximum === 1 ? "item" : "items"}`,
  };
}

function printValue(value: Json): string {
  return isJsonObject(value) || Array.isArray(value) ? JSON.stringify(sortKeys(value)) : JSON.stringify(value);
}

/** Go's encoder writes maps in the order of their keys. */
function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, member === undefined ? undefined : sortKeys(member)]),
  );
}

function body(error: FieldError): string {
  const words = WORDS[error.type];
  const shown = error.value === undefined ? words : `${words}: ${printValue(error.value)}`;
  return error.detail === "" ? shown : `${shown}: ${error.detail}`;
}

/** The message and the causes of an `Invalid` status, as apimachinery's `NewInvalid` writes them. */
export function describeFieldErrors(errors: readonly FieldError[]): {
  message: string;
  causes: StatusCause[];
} {
  const causes = errors.map((error) => ({
    reason: error.type,
    message: body(error),
    field: error.field,
  }));
  const messages = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const [first] = messages;
  if (messages.length === 1 && first !== undefined) return { message: first, causes };
  return { message: messages.length === 0 ? "" : `[${messages.join(", ")}]`, causes };
}
