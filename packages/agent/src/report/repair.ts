/** Answers the hub when a digest shows that something got lost. */
import type { Bus, Subscription } from "@portolan/shared/bus";
import { decodeRepublishRequest, encodeDigestList, encodeRepublishReply, subjects } from "@portolan/shared/wire";
import type { Reporter } from "./instance-report.ts";
import type { Outbox } from "./outbox.ts";

/** Serves the list behind the digest, and publishes again what is asked for. */
export function answerRepairs(bus: Bus, { cluster, incarnation }: Reporter, outbox: Outbox): readonly Subscription[] {
  return [
    bus.respond(subjects.digests(cluster), () => encodeDigestList({ cluster, incarnation, entries: outbox.entries() })),
    bus.respond(subjects.republish(cluster), (payload) =>
      encodeRepublishReply({ published: outbox.republish(decodeRepublishRequest(payload).subjects) }),
    ),
  ];
}
