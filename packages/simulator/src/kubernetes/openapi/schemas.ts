import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { builtinDefinitions, type ResourceType } from "../kinds/mod.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** The named schemas of one document: those of its kinds, and all that these are made of. */
export class SchemaCollection {
  readonly #definitions = new Map<string, JsonObject>();

  /** Adds the schema of a kind and gives its name. */
  add(type: ResourceType): string {
    const { group, version, kind } = type;
    const identity = { "x-kubernetes-group-version-kind": [{ group, version, kind }] };
    if (typeof type.openApi === "string") {
      this.#reference(type.openApi);
      this.#definitions.set(type.openApi, { ...this.#definitions.get(type.openApi), ...identity });
      return type.openApi;
    }
    const name = [...group.split(".").toReversed(), version, kind].join(".");
    const properties = isJsonObject(type.openApi["properties"]) ? type.openApi["properties"] : {};
    this.#definitions.set(name, {
      ...type.openApi,
      properties: {
        ...properties,
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: { allOf: [this.#reference(`${META}.ObjectMeta`)] },
      },
      ...identity,
    });
    return name;
  }

  definitions(): JsonObject {
    return Object.fromEntries([...this.#definitions].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #reference(name: string): JsonObject {
    if (!this.#definitions.has(name)) {
      this.#definitions.set(name, {});
      const definition = builtinDefinitions()[name];
      this.#definitions.set(name, isJsonObject(definition) ? this.#written(definition) : {});
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** A schema as documents write it: what is only of use here is left out, and a reference with siblings stands in `allOf`. */
  #written(schema: JsonObject): JsonObject {
    const { $ref: reference, ...members } = schema;
    const written = Object.fromEntries(
      Object.entries(members).flatMap(([keyword, value]): [string, Json][] => {
        if (value === undefined || keyword.startsWith("x-go-")) return [];
        if (keyword === "properties" && isJsonObject(value)) return [[keyword, this.#members(value)]];
        if ((keyword === "items" || keyword === "additionalProperties") && isJsonObject(value)) return [[keyword, this.#written(value)]];
        return [[keyword, value]];
      }),
    );
    if (typeof reference !== "string") return written;
    const referred = this.#reference(reference);
    return Object.keys(written).length === 0 ? referred : { allOf: [referred], ...written };
  }

  #members(properties: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(properties).flatMap(([name, property]): [string, Json][] =>
        isJsonObject(property) ? [[name, this.#written(property)]] : [],
      ),
    );
  }
}
