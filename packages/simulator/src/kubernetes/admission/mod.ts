/** Admission: what may be written at all, before the kind's own rules. */
export { admitCreate, admitDelete } from "./namespace-lifecycle.ts";
