import type { z } from "@hono/zod-openapi";
import type { InstanceView } from "../fleet/mod.ts";
import { emptySelection, selectMembers, unknownClusters, type selectorSchema } from "../rollouts/mod.ts";
import type { ApiContext } from "./context.ts";
import { Problem } from "./problems.ts";

/** @throws Problem UnknownCluster, UnknownService, UnknownVersion, EmptySelection */
export function selectFor(
  { fleet, labels, matrix }: Pick<ApiContext, "fleet" | "labels" | "matrix">,
  service: string,
  version: string,
  selector: z.infer<typeof selectorSchema>,
): readonly InstanceView[] {
  const selection = { action: "upgrade", service, selector } as const;
  const members = selectMembers(selection, fleet, (cluster) => labels.of(cluster));
  const problem = unknownClusters(selection, fleet) ?? (members.length === 0 ? emptySelection(selection, fleet) : undefined);
  if (problem !== undefined) {
    throw new Problem(problem.code, problem.message);
  }
  if (!matrix.knows(service, version)) {
    throw new Problem("UnknownVersion", `no cluster of the fleet knows a version ${version} of ${service}`);
  }
  return members.flatMap(({ instance }) => instance ?? []);
}
