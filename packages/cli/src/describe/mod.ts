/** One thing with all that is known of it, for a person: what it is, how it does, what happened, and what to do next. */
export { describeCluster, describeInstance, describeRollout } from "./describe.ts";
