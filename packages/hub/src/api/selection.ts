import type { z } from "@hono/zod-openapi";
import type { InstanceView } from "../fleet/mod.ts";
import { selectInstances, type TargetSelector } from "../upgrades/mod.ts";
import type { ApiContext } from "./context.ts";
import { Problem } from "./problems.ts";
import { labelSelector } from "./route.ts";
import type { selectorSchema } from "./schemas.ts";

/** @throws Problem InvalidLabelSelector */
export function toSelector({ clusters, labels, namespaces }: z.infer<typeof selectorSchema> = {}): TargetSelector {
  return {
    ...(clusters === undefined ? {} : { clusters }),
    ...(labels === undefined ? {} : { labels: labelSelector(labels) }),
    ...(namespaces === undefined ? {} : { namespaces }),
  };
}

/** @throws Problem UnknownCluster, UnknownService, UnknownVersion, EmptySelection, InvalidLabelSelector */
export function selectFor(
  { fleet, labels, matrix }: Pick<ApiContext, "fleet" | "labels" | "matrix">,
  service: string,
  version: string,
  selector: z.infer<typeof selectorSchema> | undefined,
): readonly InstanceView[] {
  const selection = selectInstances(service, toSelector(selector), fleet, (cluster) => labels.of(cluster));
  if ("problem" in selection) {
    throw new Problem(selection.problem.code, selection.problem.reason.message);
  }
  if (!matrix.knows(service, version)) {
    throw new Problem("UnknownVersion", `no cluster of the fleet knows a version ${version} of ${service}`);
  }
  return selection.instances;
}
