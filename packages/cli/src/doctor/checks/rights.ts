/** Whether the agent may do what it needs: every rule of the role that `portolan catalog rbac` makes, asked of the API server. */
import { hostOfHolder, type LeaseRecord } from "@portolan/agent/leadership";
import { serviceAccountSubject, type Access, type KubeClient } from "@portolan/agent/kube";
import { stringAt } from "@portolan/agent/fields";
import { inParallel } from "@portolan/agent/preflight";
import { describeRule, mergedRules, singleRulesOf, type AgentRules, type PolicyRule } from "@portolan/agent/rbac";
import { CliError } from "../../errors/mod.ts";
import { AGENT_ACCOUNT } from "../../catalog/rbac.ts";
import { agentLease, standingOf } from "../agent-lease.ts";
import type { Check, Finding, Place } from "../finding.ts";

/** Reviews that are under way at once. */
const atOnce = 8;

export const checkRights: Check = async (place) => {
  const { kube, namespace } = place;
  const lease = await agentLease(place);
  const standing = standingOf(lease);
  const account = await accountOf(place, lease);
  if (account === undefined) {
    return [
      {
        state: "warning",
        message: `it is not known in whose name the agent acts: it runs outside of the cluster, and ${namespace} has no ServiceAccount ${AGENT_ACCOUNT}`,
        cure: "name its ServiceAccount with --agent-account; an agent with the rights of a person's kubeconfig has that person's",
      },
    ];
  }
  let rules: AgentRules;
  try {
    rules = await place.rules({ fleet: typeof standing !== "string" && standing.fleet !== "None" });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const hint = error.hint === undefined ? {} : { cure: error.hint };
    return [{ state: "warning", message: `what the agent needs is not known: ${error.message}`, ...hint }];
  }
  const subject = serviceAccountSubject({ namespace, name: account });
  const missing = await missingOf(rules, namespace, async (access) => await kube.isAllowed(access, { subject }));
  return judgeRights(missing, { namespace, account });
};

export function judgeRights(
  { cluster, own }: AgentRules,
  { namespace, account }: { readonly namespace: string; readonly account: string },
): readonly Finding[] {
  const who = `${namespace}/${account}`;
  const cure = "portolan catalog rbac CATALOG | kubectl apply -f -";
  const findings = [...cluster.map((rule) => ({ rule, where: "" })), ...own.map((rule) => ({ rule, where: ` in ${namespace}` }))].map(
    ({ rule, where }): Finding => ({ state: "error", message: `${who} may not ${describeRule(rule)}${where}`, cure }),
  );
  return findings.length === 0 ? [{ state: "ok", message: `${who} may do what the agent needs` }] : findings;
}

/** The rules without what is allowed. */
async function missingOf(rules: AgentRules, namespace: string, isAllowed: (access: Access) => Promise<boolean>): Promise<AgentRules> {
  const missing = async (of: readonly PolicyRule[], place?: string): Promise<readonly PolicyRule[]> => {
    const single = mergedRules(of).flatMap((rule) => singleRulesOf(rule, place));
    const answers = await inParallel(single, atOnce, async ({ access }) => await isAllowed(access));
    return mergedRules(single.filter((_, index) => answers[index] === false).map(({ rule }) => rule));
  };
  return { cluster: await missing(rules.cluster), own: await missing(rules.own, namespace) };
}

/** As it was said, as the pod says that holds the Lease, or as the roles have it that a catalog's are made for. */
async function accountOf({ kube, namespace, account }: Place, lease: LeaseRecord | undefined): Promise<string | undefined> {
  if (account !== undefined) return account;
  const { holder = "" } = lease ?? {};
  const pod = holder === "" ? undefined : await podOf(kube, namespace, hostOfHolder(holder));
  if (pod !== undefined) return pod;
  const usual = await kube.get({ apiVersion: "v1", kind: "ServiceAccount", namespace, name: AGENT_ACCOUNT });
  return usual === undefined ? undefined : AGENT_ACCOUNT;
}

async function podOf(kube: KubeClient, namespace: string, name: string): Promise<string | undefined> {
  const pod = await kube.get({ apiVersion: "v1", kind: "Pod", namespace, name });
  return pod === undefined ? undefined : stringAt(pod, "spec", "serviceAccountName");
}
