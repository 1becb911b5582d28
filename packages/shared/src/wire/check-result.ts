/** What an agent found when it planned and rendered an intent: how a person learns what a rollout would do before it starts. */
import { list, nested, requiredText, uint32 } from "./checks.ts";
import type { portolan } from "./generated/portolan.js";
import { COUNT_LIMITS, TEXT_LIMITS } from "./limits.ts";

export interface CheckResult {
  /** Versions after each step; one for a configuration, none for a removal. */
  readonly steps: readonly string[];
  /** The service is interrupted. */
  readonly disruptive: boolean;
  /** Some step cannot be undone. */
  readonly irreversible: boolean;
  /** Ids of the risks that apply. */
  readonly risks: readonly string[];
  /** How the service's manifests change; absent where they were not rendered. */
  readonly changes?: ManifestChanges;
}

/** What is different between two renderings of a service. */
export interface ManifestChanges {
  readonly created: number;
  readonly changed: number;
  readonly deleted: number;
  /** The first of them, for people: `+ Kind namespace/name`, `~ …`, `- …`. */
  readonly objects: readonly string[];
}

export function checkResultToProto(result: CheckResult): portolan.v1.CheckResult.$Properties {
  return { ...plainFields(result), ...(result.changes === undefined ? {} : { changes: nested(result.changes, "changes", changesFields) }) };
}

export function checkResultFromProto(proto: portolan.v1.CheckResult.$Properties): CheckResult {
  const { changes } = proto;
  return {
    ...plainFields(proto),
    ...(changes === undefined || changes === null ? {} : { changes: nested(changes, "changes", changesFields) }),
  };
}

function plainFields({ steps, disruptive, irreversible, risks }: CheckResult | portolan.v1.CheckResult.$Properties): {
  steps: string[];
  disruptive: boolean;
  irreversible: boolean;
  risks: string[];
} {
  return {
    steps: tokens(steps, "steps", COUNT_LIMITS.steps),
    disruptive: disruptive ?? false,
    irreversible: irreversible ?? false,
    risks: tokens(risks, "risks", COUNT_LIMITS.risks),
  };
}

function tokens(values: readonly string[] | null | undefined, field: string, limit: number): string[] {
  return list(values, field, limit, (value) => requiredText(value, "", TEXT_LIMITS.token));
}

function changesFields(changes: ManifestChanges | portolan.v1.ManifestChanges.$Properties): ManifestChanges & { objects: string[] } {
  return {
    created: uint32(changes.created, "created"),
    changed: uint32(changes.changed, "changed"),
    deleted: uint32(changes.deleted, "deleted"),
    objects: list(changes.objects, "objects", COUNT_LIMITS.changedObjects, (line) => requiredText(line, "", TEXT_LIMITS.token)),
  };
}
