/** What the agent that leads says of itself, in annotations of its Lease: for whoever may read the Lease, and at no request more. Pure. */
import { GROUP } from "../resources/mod.ts";

/** How an agent is connected to its fleet's NATS. */
export type FleetLink = (typeof links)[number];

const links = ["None", "Connecting", "Connected", "Disconnected"] as const;

export interface Standing {
  readonly agentVersion: string;
  /** As helm says it, `v4.0.1`; absent: the agent has no helm. */
  readonly helmVersion?: string;
  /** `None`: it belongs to no fleet. */
  readonly fleet: FleetLink;
  /** Why the last document of intents was not accepted. */
  readonly refusal?: string;
}

const names = {
  agentVersion: `${GROUP}/agent-version`,
  helmVersion: `${GROUP}/helm-version`,
  fleet: `${GROUP}/fleet`,
  refusal: `${GROUP}/refused-intents`,
} as const;

export function standingAnnotations({ agentVersion, helmVersion, fleet, refusal }: Standing): Readonly<Record<string, string>> {
  return {
    [names.agentVersion]: agentVersion,
    ...(helmVersion === undefined ? {} : { [names.helmVersion]: helmVersion }),
    [names.fleet]: fleet,
    ...(refusal === undefined ? {} : { [names.refusal]: refusal }),
  };
}

/** Undefined when an agent has written them that says nothing of itself. */
export function readStanding(annotations: Readonly<Record<string, string>> = {}): Standing | undefined {
  const agentVersion = annotations[names.agentVersion];
  const fleet = links.find((link) => link === annotations[names.fleet]);
  if (agentVersion === undefined || fleet === undefined) return undefined;
  const helmVersion = annotations[names.helmVersion];
  const refusal = annotations[names.refusal];
  return {
    agentVersion,
    ...(helmVersion === undefined ? {} : { helmVersion }),
    fleet,
    ...(refusal === undefined ? {} : { refusal }),
  };
}
