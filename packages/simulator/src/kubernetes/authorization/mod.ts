/** Who may do what: RBAC, for users that are impersonated. Who impersonates nobody may do everything. */
export { attributesOf, type Attributes } from "./attributes.ts";
export { authorize, isAllowed } from "./authorize.ts";
export { mayDoEverything, userOf, type User } from "./user.ts";
