import { objectName } from "../../operation/mod.ts";
import type { Evidence, Finding, LiveObject } from "../model.ts";

/** Nothing of the first step belongs to another instance, or is applied by somebody else who would put it back. */
export function objectsFree(
  { live, instanceId: own }: Evidence,
  nameOfInstance: (instanceId: string) => string | undefined,
): readonly Finding[] {
  return live.flatMap(({ ref, instanceId, appliers }: LiveObject): readonly Finding[] => {
    const name = objectName(ref);
    if (instanceId === own || ref.kind === "Namespace") return [];
    if (instanceId !== undefined) {
      const owner = nameOfInstance(instanceId);
      const who = owner === undefined ? "another ServiceInstance, which is gone" : `the ServiceInstance ${owner}`;
      return [{ code: "OwnedByAnotherInstance", message: `${name} belongs to ${who}` }];
    }
    if (appliers.length === 0) return [];
    const message = `${name} is applied by ${appliers.join(", ")}, which would put it back; take it out there, or delete it`;
    return [{ code: "OwnedByOther", message }];
  });
}
