import { WireError } from "./errors.ts";

/** Between a string union and the numbers of a protobuf enum. */
export interface EnumCodec<Name extends string, Value extends number> {
  toWire(name: Name): Value;
  /** @throws {WireError} MissingField for 0 (never sent), UnknownEnum for a value that has no name here. */
  fromWire(value: Value | null | undefined, field: string): Name;
}

/** `values` names every member of the union, so the compiler finds a forgotten one. */
export function enumCodec<Name extends string, Value extends number>(values: Readonly<Record<Name, Value>>): EnumCodec<Name, Value> {
  const names = new Map<number, Name>();
  for (const name in values) names.set(values[name], name);
  return {
    toWire: (name) => values[name],
    fromWire(value, field) {
      const name = names.get(value ?? 0);
      if (name !== undefined) return name;
      if (value === 0 || value === null || value === undefined) {
        throw new WireError("MissingField", field, "must be set");
      }
      throw new WireError("UnknownEnum", field, `unknown value ${value}; the sender may be newer`);
    },
  };
}
