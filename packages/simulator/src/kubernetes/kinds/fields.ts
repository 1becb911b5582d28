import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";

/** The member when it is an object; reading on is safe either way. */
export function objectField(value: Json | undefined, name: string): JsonObject | undefined {
  const member = isJsonObject(value) ? value[name] : undefined;
  return isJsonObject(member) ? member : undefined;
}

/** The member as an object, made when it is not there. */
export function ensureObject(value: JsonObject, name: string): JsonObject {
  const member = value[name];
  if (isJsonObject(member)) return member;
  const created: JsonObject = {};
  value[name] = created;
  return created;
}

/** The objects of a list member. */
export function objectItems(value: Json | undefined, name: string): JsonObject[] {
  const member = isJsonObject(value) ? value[name] : undefined;
  return Array.isArray(member) ? member.filter(isJsonObject) : [];
}

/** The texts of a list member. */
export function stringItems(value: Json | undefined, name: string): string[] {
  const member = isJsonObject(value) ? value[name] : undefined;
  return Array.isArray(member) ? member.filter((item) => typeof item === "string") : [];
}

export function stringField(value: Json | undefined, name: string): string {
  const member = isJsonObject(value) ? value[name] : undefined;
  return typeof member === "string" ? member : "";
}

export function numberField(value: Json | undefined, name: string): number | undefined {
  const member = isJsonObject(value) ? value[name] : undefined;
  return typeof member === "number" ? member : undefined;
}

/** Sets the member when it is absent or null. */
export function setDefault(value: JsonObject, name: string, fallback: Json): void {
  if (value[name] === undefined || value[name] === null) value[name] = fallback;
}

/** As setDefault, for text that Go cannot tell from an empty one. */
export function setDefaultText(value: JsonObject, name: string, fallback: string): void {
  if (stringField(value, name) === "") value[name] = fallback;
}

/** As setDefault, for numbers that Go cannot tell from zero. */
export function setDefaultNumber(value: JsonObject, name: string, fallback: number): void {
  if ((numberField(value, name) ?? 0) === 0) value[name] = fallback;
}
