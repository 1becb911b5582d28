import { pino } from "pino";
import { CATALOGS_STREAM, INTENTS_STREAM, REPORTS_STREAM } from "@portolan/shared/bus";
import { createApp } from "../api/mod.ts";
import { FleetClock } from "../clocks/mod.ts";
import { listen } from "./http-server.ts";
import { LateBus } from "./late-bus.ts";
import { Link } from "./link.ts";
import type { Hub, HubOptions } from "./options.ts";
import { HubParts } from "./parts.ts";
import { StartProgress, type Part } from "./start-progress.ts";

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 8640;

/**
 * Starts a hub. It serves its API at once; the fleet view comes when NATS can be reached, which it waits for as long as it takes.
 *
 * @throws HubPortInUse
 */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { logger = pino({ level: "silent" }), signingKey } = options;
  const clock = new FleetClock(options.now ?? Date.now, logger);
  const now = () => clock.now();
  const servers = typeof options.servers === "string" ? options.servers : options.servers.join(", ");
  const bus = new LateBus();
  const progress = new StartProgress(
    new Map([
      ["reports", REPORTS_STREAM.name],
      ["intents", INTENTS_STREAM.name],
      ["catalogs", CATALOGS_STREAM.name],
    ]),
  );
  const ready = Promise.withResolvers<void>();
  const readiness = () => progress.readiness(bus.connected, servers);

  /** What may be done follows from what has been read. */
  const update = (): void => {
    const decided = progress.has("reports", "cluster labels", "catalog set", "rollouts");
    parts.rollouts.drive(decided);
    parts.writer.enable(decided && progress.has("intents"));
    if (readiness().ready) {
      ready.resolve();
    }
  };
  const onPart = (part: Part, done: boolean): void => {
    progress.mark(part, done);
    update();
  };
  const parts = new HubParts({
    bus,
    now,
    clockSkewMs: () => clock.skewMs,
    logger,
    signingKey,
    ...(options.webhooks === undefined ? {} : { webhooks: options.webhooks }),
    roles: options.roles ?? {},
    readiness,
    onLoaded: (part) => onPart(part, true),
    onLeftBehind: (standing) => link.purge(standing),
  });
  const link = new Link({
    servers: options.servers,
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    logger,
    bus,
    parts,
    clock,
    onPart,
    onConnection: update,
  });

  const http = await listen(createApp(parts.context), options.host ?? DEFAULT_HOST, options.port ?? DEFAULT_PORT);
  logger.info({ url: http.url, publicKey: signingKey.publicKey }, "the hub listens");
  link.start();
  return {
    url: http.url,
    publicKey: signingKey.publicKey,
    ready: () => ready.promise,
    stop: async () => {
      parts.stop();
      await http.stop();
      // Nobody commands any more: what was recorded until now is stored, while there is a connection.
      await parts.audit.close();
      await link.stop();
      logger.info("the hub has stopped");
    },
  };
}
