import { DiscardPolicy, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import type { JetStreamManager, StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";

import type { StreamSpec } from "./model.ts";
import { toBusError } from "./nats-errors.ts";

/** Makes the stream when it is missing; brings it to its spec when it differs, and leaves all else of its configuration alone. */
export async function ensureStream(manager: JetStreamManager, spec: StreamSpec): Promise<void> {
  const wanted = wantedConfig(spec);
  const current = await currentConfig(manager, spec.name);
  if (current === undefined) {
    await manager.streams.add({
      ...wanted,
      name: spec.name,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
    });
  } else if (differs(current, wanted)) {
    await manager.streams.update(spec.name, { ...current, ...wanted });
  }
}

type Wanted = Pick<
  StreamConfig,
  | "description"
  | "subjects"
  | "max_msgs_per_subject"
  | "max_age"
  | "max_bytes"
  | "num_replicas"
  | "allow_direct"
  | "deny_delete"
  | "deny_purge"
>;

function wantedConfig(spec: StreamSpec): Wanted {
  return {
    description: spec.description,
    subjects: [...spec.subjects],
    max_msgs_per_subject: spec.maxMessagesPerSubject ?? -1,
    max_age: spec.maxAgeMs === undefined ? 0 : nanos(spec.maxAgeMs),
    max_bytes: spec.maxBytes ?? -1,
    num_replicas: spec.replicas ?? 1,
    allow_direct: true,
    deny_delete: spec.appendOnly === true,
    deny_purge: spec.appendOnly === true,
  };
}

async function currentConfig(manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (toBusError(error, name).code === "NoStream") return undefined;
    throw error;
  }
}

function differs(current: StreamConfig, wanted: Wanted): boolean {
  const { subjects, ...plain } = wanted;
  const currentSubjects = current.subjects ?? [];
  return (
    subjects.length !== currentSubjects.length ||
    subjects.some((subject) => !currentSubjects.includes(subject)) ||
    current.description !== plain.description ||
    current.max_msgs_per_subject !== plain.max_msgs_per_subject ||
    current.max_age !== plain.max_age ||
    current.max_bytes !== plain.max_bytes ||
    current.num_replicas !== plain.num_replicas ||
    current.allow_direct !== plain.allow_direct ||
    current.deny_delete !== plain.deny_delete ||
    current.deny_purge !== plain.deny_purge
  );
}
