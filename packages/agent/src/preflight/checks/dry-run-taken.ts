import { listAt, stringAt } from "../../fields/mod.ts";
import type { KindRef } from "../../kube/mod.ts";
import { objectName } from "../../operation/mod.ts";
import type { Evidence, Finding, StepWork, Trial, Upset } from "../model.ts";
import { explainRefusal, isImmutable, webhookIn } from "../refusals.ts";

/** The API server would take the objects of the first step as the cluster is now. */
export function dryRunTaken({ steps, trials }: Evidence): readonly Finding[] {
  const [first] = steps;
  if (first === undefined) return [];
  const own = ownWebhooks(first);
  return trials.flatMap((trial): readonly Finding[] => {
    const { ref, refusal } = trial;
    if (refusal === undefined || !counts(trial, first.upset, own)) return [];
    return [explainRefusal(objectName(ref), refusal)];
  });
}

/** Some refusals say nothing about how it will be when the step gets there. */
function counts({ ref, exists, refusal }: Trial, upset: Upset, own: ReadonlySet<string>): boolean {
  if (refusal === undefined) return false;
  // A webhook with side effects is never asked in a dry run: whether it would refuse is not known.
  if (refusal.detail.includes("does not support dry run")) return false;
  // The kind or the namespace went away since it was looked at.
  if (refusal.status === 404) return false;
  // The step itself brings the webhook up, or another version of it.
  if (own.has(webhookIn(refusal) ?? "")) return false;
  // A hook takes the object away first, or makes it fit.
  if (exists && isImmutable(refusal) && touches(upset, ref)) return false;
  return !(exists && upset.objects.some((each) => each.kind === ref.kind && each.name === ref.name));
}

function touches({ anything, objects }: Upset, ref: KindRef & { readonly name: string }): boolean {
  return anything || objects.some(({ kind, name }) => kind === ref.kind && (name === undefined || name === ref.name));
}

function ownWebhooks({ objects }: StepWork): ReadonlySet<string> {
  const configurations = objects.filter(({ kind }) => kind === "ValidatingWebhookConfiguration" || kind === "MutatingWebhookConfiguration");
  return new Set(configurations.flatMap((each) => listAt(each, "webhooks").map((webhook) => stringAt(webhook, "name") ?? "")));
}
