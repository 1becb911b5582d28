import type { Standing } from "@portolan/agent/standing";
import { agentLease, standingOf } from "../agent-lease.ts";
import type { Check, Finding, Place } from "../finding.ts";

/** Major version that the agent works with. */
const major = 4;

export const checkHelm: Check = async (place) => {
  const standing = standingOf(await agentLease(place));
  return standing === "None" ? [] : [judgeHelm(standing, place)];
};

export function judgeHelm(standing: Standing | "Silent", { charts }: Pick<Place, "charts">): Finding {
  const cure = `put helm ${major} on the agent's PATH, or name it with --helm, and start the agent again`;
  if (standing === "Silent") {
    return {
      state: "warning",
      message: "the agent does not say which helm it has, nor how it is connected to its fleet",
      cure: "give the agent the version of this portolan",
    };
  }
  const { helmVersion } = standing;
  if (helmVersion === undefined) {
    return charts === false
      ? { state: "ok", message: "the agent has no helm, and needs none" }
      : {
          state: charts === true ? "error" : "warning",
          message: "the agent has no helm: versions that are deployed from charts cannot be reached",
          cure,
        };
  }
  if (!helmVersion.startsWith(`v${major}.`)) {
    const found = helmVersion === "unknown" ? "the agent's helm does not say its version" : `the agent's helm is ${helmVersion}`;
    return { state: "error", message: `${found}, and it works with helm ${major} alone`, cure };
  }
  return { state: "ok", message: `the agent has helm ${helmVersion}` };
}
