/** What is remembered of an operation that has ended. Pure. */
import { clip } from "@portolan/shared/wire";
import type { Failure, HistoryEntry, Operation, OperationResult, OperationStep, ServiceInstance } from "../resources/mod.ts";
import { failedGeneration } from "./failure.ts";
import type { Refusal } from "./state.ts";
import { withHistory, type StatusChanges } from "./status.ts";

/** What the CRD's schema allows. */
const longestReason = 63;
const longestMessage = 1024;

/** The step at which an operation ended. */
export function lastStep({ plan, cursor }: Operation): OperationStep | undefined {
  return plan[Math.min(cursor.step, plan.length - 1)];
}

/** The history with the operation in it, and the failure that keeps its spec from being tried again. */
export function endOf(
  instance: ServiceInstance,
  operation: Operation,
  result: OperationResult,
  reason: Refusal,
  at: string,
): Pick<StatusChanges, "history" | "failure"> {
  const from = operation.plan[0]?.from;
  const entry: HistoryEntry = {
    ...(from === undefined ? {} : { from }),
    to: operation.plan.at(-1)?.to ?? "",
    result,
    ...(operation.by === undefined ? {} : { by: operation.by }),
    startedAt: operation.startedAt,
    finishedAt: at,
  };
  return { history: withHistory(instance.status?.history, entry), failure: failureOf(instance, operation, result, reason, at) };
}

function failureOf(
  instance: ServiceInstance,
  operation: Operation,
  result: OperationResult,
  reason: Refusal,
  at: string,
): Failure | undefined {
  const before = instance.status?.failure;
  const said = { reason: clip(reason.code, longestReason), message: clip(reason.message, longestMessage), at };
  switch (result) {
    case "Succeeded":
    case "Held":
      return undefined;
    case "RolledBack":
      // It is still the upgrade that failed, for the spec that asked for it.
      return { generation: operation.generation, ...before, ...said };
    case "Failed": {
      const step = lastStep(operation);
      const why = before === undefined ? "" : `; it was being rolled back after ${before.reason}: ${before.message}`;
      return {
        generation: failedGeneration(instance, operation),
        ...said,
        ...(operation.kind === "Rollback" ? { reason: "RollbackFailed", message: clip(`${reason.message}${why}`, longestMessage) } : {}),
        ...(step === undefined ? {} : { step: `${step.from ?? ""} → ${step.to}` }),
        ...(operation.cursor.action === undefined ? {} : { action: operation.cursor.action }),
      };
    }
  }
}
