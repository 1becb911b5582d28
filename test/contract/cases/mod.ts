import type { ContractCase } from "../contract-case.ts";
import { agentCases } from "./agent.ts";
import { applyCases } from "./apply.ts";
import { authorizationCases } from "./authorization.ts";
import { clientCases } from "./clients.ts";
import { customResourceCases } from "./custom-resources.ts";
import { deletionCases } from "./deletion.ts";
import { discoveryCases } from "./discovery.ts";
import { listAndWatchCases } from "./lists-watches.ts";
import { objectCases } from "./objects.ts";
import { workloadCases } from "./workloads.ts";

/** Every case that was written by hand. */
export const writtenCases: readonly ContractCase[] = [
  ...agentCases,
  ...authorizationCases,
  ...clientCases,
  ...discoveryCases,
  ...objectCases,
  ...listAndWatchCases,
  ...deletionCases,
  ...applyCases,
  ...customResourceCases,
  ...workloadCases,
];
