import type { Deployer as DeployerDefinition, Installer, ServiceDefinition } from "@portolan/shared/catalog";
import type { ActionContext, Outcome } from "../operation/mod.ts";
import type { Deployer, RemovalContext } from "./deployer.ts";

/** A version is deployed in a way that this agent does not know. */
export class UnsupportedDeployerError extends Error {
  readonly code = "UnsupportedDeployer";
  constructor(version: string, type: string) {
    super(`version ${version} is deployed with ${type}, which this agent cannot do`);
    this.name = "UnsupportedDeployerError";
  }
}

/** The deployers that this agent has, by the types of the catalog. */
export class Deployers {
  readonly #byType: { readonly [type in DeployerDefinition["type"]]?: Deployer };

  constructor(byType: { readonly [type in DeployerDefinition["type"]]?: Deployer }) {
    this.#byType = byType;
  }

  supports({ deployer }: Installer): boolean {
    return this.#byType[deployer.type] !== undefined;
  }

  /** @throws UnsupportedDeployerError */
  for({ version, deployer: { type } }: Installer): Deployer {
    const deployer = this.#byType[type];
    if (deployer === undefined) throw new UnsupportedDeployerError(version, type);
    return deployer;
  }

  /** Brings a version into the cluster, and takes away what a version that was deployed in another way has left. */
  async deploy(context: ActionContext, installer: Installer, before: Installer | undefined): Promise<Outcome> {
    const deployer = this.for(installer);
    const outcome = await deployer.deploy(context, installer);
    if (outcome.state !== "done" || before === undefined || before.deployer.type === installer.deployer.type) return outcome;
    const former = this.#byType[before.deployer.type];
    const over = await former?.handOver(context, async () => (await deployer.render(context, installer)).objects);
    return over === undefined || over.state === "done" ? outcome : over;
  }

  /** Takes away what any of them has made: the definitions may be gone, and an instance may have changed its deployer. */
  async uninstall(context: RemovalContext): Promise<number> {
    let left = 0;
    for (const deployer of Object.values(this.#byType)) left += await deployer.uninstall(context);
    return left;
  }

  /** Versions of which any of them has left objects in the cluster. */
  async traces(context: RemovalContext, service: ServiceDefinition): Promise<readonly string[]> {
    const found = new Set<string>();
    for (const deployer of Object.values(this.#byType)) for (const version of await deployer.traces(context, service)) found.add(version);
    return [...found];
  }

  async orphan(context: RemovalContext): Promise<void> {
    for (const deployer of Object.values(this.#byType)) await deployer.orphan(context);
  }

  /** Ends what runs on their behalf. */
  async stop(): Promise<void> {
    await Promise.all(Object.values(this.#byType).map(async (deployer) => await deployer.stop?.()));
  }
}
