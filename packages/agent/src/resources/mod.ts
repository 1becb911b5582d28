/** The agent's own Kubernetes resources: types, schemas, conditions. No behaviour. */
export * from "./admission.ts";
export * from "./conditions.ts";
export * from "./crds.ts";
export * from "./service-definition.ts";
export * from "./service-instance.ts";
