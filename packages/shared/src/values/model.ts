import type { Json, JsonObject } from "../json/mod.ts";

/** What an installation is called: `release` in expressions. */
export interface Release {
  /** Name of the ServiceInstance. */
  readonly name: string;
  /** Where namespaced objects go. */
  readonly namespace: string;
  readonly service: string;
  /** The version that the values are for. */
  readonly version: string;
  /** `namespace/name` of the ServiceInstance. */
  readonly instance: string;
}

/** Where the values of one version come from. */
export interface ValuesInput {
  /** `spec.config`. */
  readonly config: Json;
  /** `spec.overrides`: a JSON merge patch over the values. */
  readonly overrides?: Json;
  /** Decoded content of the Secrets, by the names of the service's requirements. Never printed. */
  readonly secrets: { readonly [name: string]: { readonly [key: string]: string } };
  /** The cluster's facts. */
  readonly cluster: JsonObject;
  readonly release: Release;
}

/** What kind of input is wrong. */
export type ValuesProblemCode = "InvalidConfig" | "InvalidMapping" | "InvalidOverrides" | "InvalidValues" | "InvalidManifest";

/** One thing that keeps a version from being installed with these inputs. */
export interface ValuesProblem {
  readonly code: ValuesProblemCode;
  /** JSON Pointer into the config, the mapping, the overrides, the values or the manifests, as the code says. */
  readonly path: string;
  readonly expected: string;
  /** In short; never a value that may be a secret. */
  readonly found: string;
  /** One sentence for a person. */
  readonly message: string;
}
