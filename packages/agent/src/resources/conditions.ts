/**
 * Conditions as the Kubernetes API conventions define them, with kstatus's abnormal-true pair `Reconciling` and `Stalled`, and
 * `FleetBlocked`, which is there only when the fleet has to leave the version alone.
 */
export interface Condition {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

export type ConditionType = "Ready" | "Reconciling" | "Stalled" | "ConfigValid" | "SecretsAvailable" | "Drifted" | "FleetBlocked";

/** A condition without the time, as decisions make it. */
export type ConditionState = Omit<Condition, "lastTransitionTime" | "observedGeneration">;

const longestMessage = 1024;

/**
 * The next conditions: exactly those in `states`, with the old transition time where the status did not change.
 * `Reconciling` and `Stalled` are left out when they are not True (kstatus).
 */
export function nextConditions(
  previous: readonly Condition[],
  states: readonly ConditionState[],
  observedGeneration: number,
  now: string,
): readonly Condition[] {
  return states
    .filter((state) => (state.type !== "Reconciling" && state.type !== "Stalled") || state.status === "True")
    .map((state) => {
      const before = previous.find((condition) => condition.type === state.type);
      return {
        ...state,
        message: state.message.length > longestMessage ? `${state.message.slice(0, longestMessage - 1)}…` : state.message,
        observedGeneration,
        lastTransitionTime: before?.status === state.status ? before.lastTransitionTime : now,
      };
    });
}

/** The condition of a type, where it is set. */
export function findCondition(conditions: readonly Condition[] | undefined, type: ConditionType): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
