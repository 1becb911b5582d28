/** Fields that a manager has written by Update, counted as applied: an apply that leaves them out takes them away then. Pure. */
import { union, type Fields } from "../../fields/mod.ts";
import type { ManagedFieldsEntry } from "../../kube/mod.ts";

/**
 * As client-go's csaupgrade does it for what `kubectl apply` and Helm 3 wrote on the client's side: the entry becomes one of Apply, or a part
 * of that which is there.
 *
 * @returns undefined when the manager has written nothing by Update
 */
export function asApplied(entries: readonly ManagedFieldsEntry[], manager: string): readonly ManagedFieldsEntry[] | undefined {
  const own = entries.filter((entry) => entry.manager === manager && entry.subresource === undefined);
  const updated = own.find(({ operation }) => operation === "Update");
  if (updated === undefined) return undefined;
  const base = own.find(({ operation }) => operation === "Apply") ?? updated;
  const fieldsV1 = own.map((entry) => entry.fieldsV1 ?? {}).reduce<Fields>(union, {});
  return [...entries.filter((entry) => !own.includes(entry)), { ...base, operation: "Apply", fieldsV1 }];
}
