import { suggesting, type HubClient } from "../client/mod.ts";
import { CliError, listNearest } from "../errors/mod.ts";

/**
 * Nothing was found: because there is nothing, or because a name is wrong? The hub's lists do not tell.
 *
 * @throws HubProblem UnknownCluster, CliError UnknownService, UnknownInstance
 */
export async function requireKnown(
  client: HubClient,
  {
    cluster,
    service,
    name,
  }: { readonly cluster?: string | undefined; readonly service?: string | undefined; readonly name?: string | undefined },
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
  if (name !== undefined) {
    const names = new Set((await client.instances()).map((instance) => instance.name));
    if (!names.has(name)) {
      const details = [`names of instances: ${listNearest(name, names)}`];
      throw new CliError("UnknownInstance", `there is no instance called ${name} in the fleet, and no event of one`, {
        details,
        hint: "events are asked for by the name of an instance; its cluster and namespace by --cluster and -n",
      });
    }
  }
}
