import type { ContractCase } from "../contract-case.ts";
import { applyCases } from "./apply.ts";
import { customResourceCases } from "./custom-resources.ts";
import { deletionCases } from "./deletion.ts";
import { discoveryCases } from "./discovery.ts";
import { listAndWatchCases } from "./lists-watches.ts";
import { objectCases } from "./objects.ts";
import { workloadCases } from "./workloads.ts";

/** Every case that was written by hand. */
export const writtenCases: readonly ContractCase[] = [
  ...discoveryCases,
  ...objectCases,
  ...listAndWatchCases,
  ...deletionCases,
  ...applyCases,
  ...customResourceCases,
  ...workloadCases,
];
