import { z } from "zod";
import { describe, expect, it } from "vitest";
import { openApiDocument } from "./app.ts";
import { EXAMPLES } from "./examples.ts";
import { rolloutDocument, rolloutSelector, rolloutSpec } from "./rollout-schemas.ts";
import * as schemas from "./schemas.ts";

const documented = z.object({ components: z.object({ schemas: z.record(z.string(), z.looseObject({})) }) });

describe("examples of the API", () => {
  it("are there for every schema that has a name", () => {
    const named = documented.parse(openApiDocument("0")).components.schemas;
    const without = Object.entries(named).filter(([, schema]) => schema["example"] === undefined && schema["examples"] === undefined);
    expect(without.map(([name]) => name)).toEqual([]);
    expect(Object.keys(EXAMPLES).filter((name) => !(name in named))).toEqual([]);
  });

  it("show a document that can be applied", () => {
    expect(rolloutDocument.parse(EXAMPLES.RolloutDocument).metadata).toEqual(EXAMPLES.RolloutDocument.metadata);
  });

  it.each<[keyof typeof EXAMPLES, z.ZodType]>([
    ["Problem", schemas.problemSchema],
    ["Hub", schemas.hubSchema],
    ["Cluster", schemas.clusterSchema],
    ["Operation", schemas.operationSchema],
    ["Instance", schemas.instanceSchema],
    ["Availability", schemas.availabilitySchema],
    ["VersionRow", schemas.versionRowSchema],
    ["Plan", schemas.planSchema],
    ["FleetPlan", schemas.fleetPlanSchema],
    ["RolloutTarget", schemas.targetSchema],
    ["Rollout", schemas.rolloutSchema],
    ["RolloutSpec", rolloutSpec],
    ["RolloutSelector", rolloutSelector],
    ["Catalog", schemas.catalogSchema],
    ["PublishedCatalog", schemas.publishedCatalogSchema],
    ["Event", schemas.eventSchema],
    ["AuditEntry", schemas.auditEntrySchema],
  ])("%s is what its schema says, and nothing beside", (name, schema) => {
    expect(schema.parse(EXAMPLES[name])).toEqual(EXAMPLES[name]);
  });
});
