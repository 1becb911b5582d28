import { notFound } from "../errors/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { builtinTypes } from "./builtin.ts";
import { customTypes } from "./custom.ts";
import type { ResourceType } from "./resource-type.ts";

const byPath = new Map(builtinTypes().map((type) => [`${type.apiVersion}/${type.plural}`, type] as const));

/** The kinds that one cluster serves: the built-in ones, and those of its established CRDs. */
export class KindRegistry {
  readonly #custom = new Map<string, readonly ResourceType[]>();

  /** Serves the definition's kinds from now on, in place of what it served before. */
  serve(definition: KubeObject): void {
    this.#custom.set(definition.metadata.name ?? "", customTypes(definition));
  }

  withdraw(definitionName: string): void {
    this.#custom.delete(definitionName);
  }

  serves(definitionName: string): boolean {
    return this.#custom.has(definitionName);
  }

  find(apiVersion: string, plural: string): ResourceType | undefined {
    const builtin = byPath.get(`${apiVersion}/${plural}`);
    if (builtin !== undefined) return builtin;
    return this.#all().find((type) => type.apiVersion === apiVersion && type.plural === plural);
  }

  findKind(apiVersion: string, kind: string): ResourceType | undefined {
    return this.types().find((type) => type.apiVersion === apiVersion && type.kind === kind);
  }

  /** @throws ApiError NotFound */
  get(apiVersion: string, plural: string): ResourceType {
    const type = this.find(apiVersion, plural);
    if (type === undefined) throw notFound({ group: "", resource: plural }, "");
    return type;
  }

  types(): ResourceType[] {
    return [...builtinTypes(), ...this.#all()];
  }

  /** One type for every collection, however many versions it is served in. */
  collections(): ResourceType[] {
    const first = new Map<string, ResourceType>();
    for (const type of this.types()) {
      if (!first.has(type.collection)) first.set(type.collection, type);
    }
    return [...first.values()];
  }

  #all(): ResourceType[] {
    return [...this.#custom.values()].flat();
  }
}
