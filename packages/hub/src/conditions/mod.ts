/** What a change is held to by the one who asks for it: that it is done once, in time, and to what was read. */
export {
  judge,
  remember,
  rememberedRequestsSchema,
  type ConditionProblem,
  type Conditions,
  type Judgement,
  type RememberedRequests,
  type RequestIdentity,
} from "./conditions.ts";
