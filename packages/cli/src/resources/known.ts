import { suggesting, type HubClient } from "../client/mod.ts";
import { CliError, listNearest } from "../errors/mod.ts";

/**
 * Nothing was found: because there is nothing, or because a name is wrong? The hub's lists do not tell.
 *
 * @throws HubProblem UnknownCluster, CliError UnknownService
 */
export async function requireKnown(
  client: HubClient,
  { cluster, service }: { readonly cluster?: string | undefined; readonly service?: string | undefined },
): Promise<void> {
  if (cluster !== undefined) {
    await suggesting(client, { clusters: [cluster] }, () => client.cluster(cluster));
  }
  if (service !== undefined) {
    const services = new Set((await client.versions()).map((row) => row.service));
    if (!services.has(service)) {
      const details = [`services: ${listNearest(service, services)}`];
      throw new CliError("UnknownService", `no cluster of the fleet has an instance of the service ${service}`, { details });
    }
  }
}
