import type { Standing } from "@portolan/agent/standing";
import { agentLease, standingOf } from "../agent-lease.ts";
import type { Check, Finding } from "../finding.ts";

export const checkFleet: Check = async (place) => {
  const standing = standingOf(await agentLease(place));
  // Both are told of by the checks of the agent and of its helm.
  return typeof standing === "string" ? [] : judgeFleet(standing, place.namespace);
};

export function judgeFleet({ fleet, refusal }: Standing, namespace: string): readonly Finding[] {
  const log = `the cluster is looked after without it; kubectl logs -n ${namespace} says why`;
  switch (fleet) {
    case "None":
      return [{ state: "ok", message: "the agent belongs to no fleet" }];
    case "Connecting":
      return [
        {
          state: "error",
          message: "the agent has not reached its fleet's NATS since it was started",
          cure: `look at its --nats, its credentials and the network between them: ${log}`,
        },
      ];
    case "Disconnected":
      return [
        {
          state: "error",
          message: "the agent has lost the connection to its fleet's NATS",
          cure: `it comes back by itself when the server does: ${log}`,
        },
      ];
    case "Connected":
      return [
        { state: "ok", message: "the agent is connected to its fleet" },
        ...(refusal === undefined
          ? []
          : [
              {
                state: "error" as const,
                message: `the agent does not take what its hub wishes: ${refusal}`,
                cure: "give it the hub's public key with --hub-key and its own --registration-id, and register the cluster anew when it was made anew",
              },
            ]),
      ];
  }
}
