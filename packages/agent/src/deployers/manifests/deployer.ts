import type { Installer, ManifestsDeployer } from "@portolan/shared/catalog";
import { applySettled } from "../../drift/mod.ts";
import { objectKey, refOf } from "../../kube/mod.ts";
import type { Deployer } from "../deployer.ts";
import { UnsupportedDeployerError } from "../deployers.ts";
import { groupKind } from "./apply-set.ts";
import { deploy, ensureNamespace } from "./deploy.ts";
import { handOver } from "./hand-over.ts";
import { membersOf, renderMembers } from "./members.ts";
import { observe } from "./observe.ts";
import { orphan, uninstall } from "./remove.ts";
import { termsFor } from "./terms.ts";
import { traces } from "./traces.ts";

/** Renders manifests and applies them by server-side apply, as an ApplySet. */
export const manifestsDeployer: Deployer = {
  render: async (context, installer) =>
    await Promise.resolve({ objects: renderMembers(context, manifestsOf(installer), installer.version), hooks: [] }),
  deploy: async (context, installer) => await deploy(context, await membersOf(context, manifestsOf(installer), installer.version)),
  observe: async (context, installer, look) =>
    await observe(context, await membersOf(context, manifestsOf(installer), installer.version), installer.health, look),
  correct: async (context, installer, drifted) => {
    const names = new Set(drifted.map(nameOf));
    const members = await membersOf(context, manifestsOf(installer), installer.version);
    await ensureNamespace(context);
    for (const member of members.filter((each) => names.has(nameOf(refOf(each))))) {
      await applySettled(context.kube, member, termsFor(context.instance));
    }
  },
  handOver,
  uninstall,
  orphan,
  traces,
};

function nameOf(ref: ReturnType<typeof refOf>): string {
  return `${groupKind(ref)} ${objectKey(ref)}`;
}

/** @throws UnsupportedDeployerError when the version is not deployed from manifests */
function manifestsOf({ version, deployer }: Installer): ManifestsDeployer {
  if (deployer.type !== "manifests") throw new UnsupportedDeployerError(version, deployer.type);
  return deployer;
}
