import { canonicalJson } from "../../json/mod.ts";
import type { Risk, ServiceDefinition } from "../mod.ts";
import { some, upgraderFile } from "./finding.ts";
import type { Rule } from "./finding.ts";

interface Told {
  readonly upgrader: string;
  readonly index: number;
  readonly risk: Risk;
}

/**
 * Different risks under one id. An acceptance names nothing but the id, so that whoever accepts the one has accepted the others, also those
 * that are written later. The same risk may stand in several upgraders: two ways around it are not two risks.
 */
export const sharedRiskIds: Rule = ({ service }) =>
  [...risksById(service)].flatMap(([id, told]) =>
    told.flatMap(({ upgrader, index, risk }) => {
      const others = told.filter((other) => contentOf(other.risk) !== contentOf(risk));
      if (others.length === 0) return [];
      const message = `another risk is called ${id} in ${some(others.map((other) => other.upgrader))}: whoever accepts one of them by its id accepts them all`;
      return [{ severity: "warning", code: "SharedRiskId", file: upgraderFile(service, upgrader), path: `/risks/${index}/id`, message }];
    }),
  );

function risksById({ upgraders }: ServiceDefinition): ReadonlyMap<string, readonly Told[]> {
  const told = upgraders.flatMap(({ name, risks }) => risks.map((risk, index): Told => ({ upgrader: name, index, risk })));
  return Map.groupBy(told, ({ risk }) => risk.id);
}

/** All of a risk but its id, where absence is part of what it says. */
function contentOf({ message, url, when }: Risk): string {
  return canonicalJson([message, url ?? null, when ?? null]);
}
