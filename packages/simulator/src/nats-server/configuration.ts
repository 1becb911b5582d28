const MAX_PAYLOAD_BYTES = 1024 * 1024;

export interface NatsServerConfiguration {
  readonly serverName: string;
  readonly port: number;
  /** Where JetStream keeps its streams, or undefined for a server without JetStream. */
  readonly storeDir: string | undefined;
  /** Every write is on the disk before it is acknowledged: slower, and nothing is lost at power-off. */
  readonly syncAlways: boolean;
  /** More of a server's configuration, in its own syntax: operators, accounts, TLS. */
  readonly extra: string;
}

/** The server's configuration file. */
export function renderConfiguration(configuration: NatsServerConfiguration): string {
  const { serverName, port, storeDir, syncAlways, extra } = configuration;
  return [
    `server_name: ${JSON.stringify(serverName)}`,
    'host: "127.0.0.1"',
    `port: ${port}`,
    `max_payload: ${MAX_PAYLOAD_BYTES}`,
    ...(storeDir === undefined
      ? []
      : ["jetstream {", `  store_dir: ${JSON.stringify(storeDir)}`, ...(syncAlways ? ["  sync_interval: always"] : []), "}"]),
    ...(extra === "" ? [] : [extra]),
    "",
  ].join("\n");
}
