export interface CustomKind {
  /** Default: example.org. */
  readonly group?: string;
  readonly kind: string;
  /** Default: of the kind, with an s. */
  readonly plural?: string;
  /** All of them are served; the last one is stored. */
  readonly versions: readonly string[];
  /** Beside its type. Default: whatever an object says besides its metadata is dropped. */
  readonly schema?: object;
}

/** The CustomResourceDefinition of a kind that has a namespace. */
export function customDefinition({ group = "example.org", kind, plural = `${kind.toLowerCase()}s`, versions, schema = {} }: CustomKind) {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === versions.length - 1,
        schema: { openAPIV3Schema: { type: "object", ...schema } },
      })),
    },
  };
}

/** Keeps whatever an object says. */
export const ANYTHING = { "x-kubernetes-preserve-unknown-fields": true };
