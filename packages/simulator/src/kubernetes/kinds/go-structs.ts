/**
 * Reads the struct definitions of Kubernetes' Go sources, as far as `generate.ts` needs them: how a field
 * is written to JSON when it is empty. OpenAPI does not say that, and a typed object cannot be compared
 * with the real server's without it.
 */
export type GoField = {
  readonly json: string;
  readonly pointer: boolean;
  readonly type: string;
  readonly omitEmpty: boolean;
  readonly omitZero: boolean;
};

export type GoStruct = {
  readonly fields: readonly GoField[];
  /** Names of the structs whose fields are written as if they were this one's own. */
  readonly inlined: readonly string[];
};

const STRUCT = /^type (\w+) struct \{\n([\s\S]*?)^\}/gm;
const FIELD = /^\t(?:\w+\s+)?(\S+)\s+`json:"([^",]+)((?:,[^"]*)?)".*`/;
const INLINED = /^\t(?:\w+\s+)?(?:[\w]+\.)?(\w+)\s+`json:"(?:,inline)?"/;

export function parseGoStructs(source: string): Map<string, GoStruct> {
  const structs = new Map<string, GoStruct>();
  for (const [, name = "", body = ""] of source.matchAll(STRUCT)) {
    const fields: GoField[] = [];
    const inlined: string[] = [];
    for (const line of body.split("\n")) {
      const embedded = INLINED.exec(line)?.[1];
      if (embedded !== undefined) inlined.push(embedded);
      const match = FIELD.exec(line);
      if (match === null) continue;
      const [, type = "", json = "", options = ""] = match;
      fields.push({
        json,
        pointer: type.startsWith("*"),
        type: type.replace(/^\*/, ""),
        omitEmpty: options.includes("omitempty"),
        omitZero: options.includes("omitzero"),
      });
    }
    structs.set(name, { fields, inlined });
  }
  return structs;
}

/** The fields of a struct by their JSON names, those of inlined structs among them. */
export function fieldsOf(structs: ReadonlyMap<string, GoStruct>, name: string): Map<string, GoField> {
  const struct = structs.get(name);
  if (struct === undefined) return new Map();
  return new Map([
    ...struct.inlined.flatMap((inlined) => [...fieldsOf(structs, inlined)]),
    ...struct.fields.map((field) => [field.json, field] as const),
  ]);
}
