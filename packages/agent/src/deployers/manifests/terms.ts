import type { ApplyTerms } from "../../drift/mod.ts";
import { AGENT_MANAGER, type ServiceInstance } from "../../resources/mod.ts";

/** How members of an instance are applied, and what is left to others. */
export function termsFor({ spec }: ServiceInstance, fieldManager: string = AGENT_MANAGER): ApplyTerms {
  return { fieldManager, ignore: spec.driftIgnore ?? [] };
}
