import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { formatTime } from "../objects/mod.ts";

export type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
};

/** The conditions with their times, which stay for a condition whose status stays. */
export function withTimes(
  conditions: readonly Condition[],
  previous: Json | undefined,
  now: number,
  extraTime?: "lastUpdateTime" | "lastProbeTime",
): JsonObject[] {
  const before = Array.isArray(previous) ? previous.filter(isJsonObject) : [];
  const time = formatTime(now);
  return conditions.map((condition) => {
    const old = before.find((item) => item["type"] === condition.type);
    const isSame = old?.["status"] === condition.status;
    const isEqual = isSame && old["reason"] === condition.reason && old["message"] === condition.message;
    const transition = isSame ? (old["lastTransitionTime"] ?? time) : time;
    const extra = extraTime === undefined ? undefined : isEqual ? (old[extraTime] ?? time) : time;
    return {
      type: condition.type,
      status: condition.status,
      ...(extraTime === undefined || extra === undefined ? {} : { [extraTime]: extra }),
      lastTransitionTime: transition,
      reason: condition.reason,
      message: condition.message,
    };
  });
}
