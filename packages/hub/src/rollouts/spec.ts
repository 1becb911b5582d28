import { z } from "zod";
import { compile, ExpressionError } from "@portolan/shared/expression";
import { toJson, UntrustedJsonError } from "@portolan/shared/json";
import { listNearest } from "@portolan/shared/names";
import { parseWindows } from "@portolan/shared/windows";
import { TEXT_LIMITS } from "@portolan/shared/wire";
import semver from "semver";
import { LabelSelectorError, parseLabelSelector } from "../selectors/mod.ts";

/**
 * The rollout document as people write it. What is left out has the default that stands here, so that what is stored is complete.
 * Durations are in seconds.
 */

const MAX_SECONDS = 30 * 24 * 60 * 60;
const DAY_SECONDS = 24 * 60 * 60;
/** Its canonical JSON: what is stored with a rollout stays far below the 1 MiB of a stored value. */
export const MAX_SPEC_BYTES = 256 * 1024;

/** An object that names an unknown field together with the known ones that are nearest to it. */
function fields<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => `unknown field ${key}; known are ${listNearest(key, Object.keys(shape))}`).join("; ")
        : undefined,
  });
}

function refined(check: (text: string) => string | undefined): (text: string, context: z.core.$RefinementCtx<string>) => void {
  return (text, context) => {
    const problem = check(text);
    if (problem !== undefined) {
      context.addIssue({ code: "custom", message: problem });
    }
  };
}

const dnsLabel = z.string().regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/u, "must be a DNS label: a-z, 0-9 and -, at most 63 characters");
const dnsSubdomain = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/u, "must be a DNS name: a-z, 0-9, - and .");
const seconds = z.number().positive().max(MAX_SECONDS);
const names = z.array(z.string().min(1)).min(1).max(10_000);
const token = z.string().min(1).max(256);
const count = z.number().int().min(1).max(100_000);

const versionRange = z
  .string()
  .min(1)
  .max(256)
  .superRefine(
    refined((text) =>
      semver.validRange(text) === null ? `is not a range of versions, as ">=1.14 <2": ${JSON.stringify(text)}` : undefined,
    ),
  );

const labelSelector = z
  .string()
  .max(4096)
  .superRefine(
    refined((text) => {
      try {
        parseLabelSelector(text);
        return undefined;
      } catch (error) {
        if (error instanceof LabelSelectorError) {
          return error.message;
        }
        throw error;
      }
    }),
  );

const gateExpression = z
  .string()
  .min(1)
  .superRefine(
    refined((text) => {
      try {
        compile(text, "gate");
        return undefined;
      } catch (error) {
        if (error instanceof ExpressionError) {
          return error.message;
        }
        throw error;
      }
    }),
  );

const windows = z
  .array(fields({ cron: z.string(), duration: z.string(), timeZone: z.string().exactOptional() }))
  .max(16)
  .superRefine((specs, context) => {
    const parsed = parseWindows(specs, "windows");
    if (!parsed.valid) {
      context.addIssue({ code: "custom", message: parsed.problem });
    }
  });

/** What a selector asks of a cluster, and of its instance. Versions by range, the rest by equality. */
const fieldSelector = fields({
  /** Installed version of the instance. */
  version: versionRange.exactOptional(),
  kubernetesVersion: versionRange.exactOptional(),
  provider: token.exactOptional(),
  region: token.exactOptional(),
});

const clusterSelector = {
  clusters: names.exactOptional(),
  /** Over the labels that the hub keeps for clusters, in Kubernetes' syntax. */
  labels: labelSelector.exactOptional(),
  fields: fieldSelector.exactOptional(),
};

export const selectorSchema = fields({
  ...clusterSelector,
  namespaces: names.exactOptional(),
  /** Of ServiceInstances. */
  names: names.exactOptional(),
});

const budget = z.union(
  [fields({ count: z.number().int().min(0).max(100_000) }), fields({ percent: z.number().min(0).max(100) })],
  'must be {"count": n} or {"percent": p}',
);

const waveClusters = z.union(
  [fields({ count }), fields({ percent: z.number().gt(0, "must be more than 0").max(100) }), fields({ selector: fields(clusterSelector) })],
  'must be {"count": n}, {"percent": p} of all clusters, or {"selector": …}',
);

const waveSchema = fields({
  name: dnsLabel.exactOptional(),
  /** Absent: all clusters that no other wave takes. */
  clusters: waveClusters.exactOptional(),
  /** So many targets at most may be on their way. */
  maxConcurrent: count.default(10),
  /** The wave is watched for so long after its last target has come to its end. */
  soakSeconds: z.number().min(0).max(MAX_SECONDS).default(0),
  /** CEL over `cluster` and `instance`; must hold for every target that succeeded before the next wave begins. */
  verify: gateExpression.exactOptional(),
  /** The gate may fail for so long after the soak before it counts as failed. */
  verifyDeadlineSeconds: z.number().min(0).max(MAX_SECONDS).default(300),
  /** People who must agree before the wave begins. */
  approval: fields({
    /** Anybody who has one of them may; none: anybody. */
    roles: z.array(token).max(16).default([]),
    /** Then the rollout pauses. */
    expiresAfterSeconds: seconds.exactOptional(),
  }).exactOptional(),
  /** Of this wave alone, beside the rollout's own. */
  failureBudget: budget.exactOptional(),
});

/** It travels inside an intent, beside others. */
const json = z
  .record(z.string(), z.unknown())
  .superRefine((value, context) => {
    try {
      toJson(value);
    } catch (error) {
      if (!(error instanceof UntrustedJsonError)) {
        throw error;
      }
      context.addIssue({ code: "custom", message: error.message });
    }
  })
  .refine((value) => JSON.stringify(value).length <= TEXT_LIMITS.json, `must be at most ${TEXT_LIMITS.json / 1024} KiB of JSON`);

const LABEL_KEY = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/u;

const instanceSchema = fields({
  namespace: dnsLabel,
  name: dnsSubdomain,
  config: json.exactOptional(),
  /** JSON merge patch over the chart's values. */
  overrides: json.exactOptional(),
  secretRefs: z
    .array(fields({ name: token, secretName: dnsSubdomain }))
    .max(32)
    .exactOptional(),
  /** Put on the ServiceInstance. */
  labels: z.record(z.string().regex(LABEL_KEY, "must be a label key of Kubernetes"), z.string().max(63)).exactOptional(),
  targetNamespace: dnsLabel.exactOptional(),
  /** In whose name the service is installed. */
  serviceAccountName: dnsSubdomain.exactOptional(),
});

/** What is different for one target. */
const targetSchema = fields({
  cluster: z.string().min(1),
  /** Absent: every instance of the service in the cluster. */
  namespace: z.string().min(1).exactOptional(),
  name: z.string().min(1).exactOptional(),
  version: token.exactOptional(),
  skip: z.boolean().exactOptional(),
  /** Beside those of the whole rollout. */
  acceptRisks: z.array(token).max(64).exactOptional(),
});

export const ROLLOUT_ACTIONS = ["install", "upgrade", "downgrade", "configure", "remove"] as const;

const specFields = fields({
  action: z.enum(ROLLOUT_ACTIONS),
  service: token,
  /** Target version; for install, upgrade and downgrade, unless a range is given. */
  version: token.exactOptional(),
  /** Each target goes to the newest version within the range that it can reach. */
  versionRange: versionRange.exactOptional(),
  /** What is installed or configured. */
  instance: instanceSchema.exactOptional(),
  /** What becomes of the service's objects when its instance is removed. */
  deletionPolicy: z.enum(["Uninstall", "Orphan"]).exactOptional(),
  selector: selectorSchema.default({}),
  waves: z.array(waveSchema).min(1).max(100).prefault([{}]),
  /** So many targets may fail; the one beyond stops the rollout, as `onFailure` says. A percentage is rounded down. */
  failureBudget: budget.default({ count: 0 }),
  /** A target fails when nothing moves for so long; what waits for a maintenance window need not move. */
  progressDeadlineSeconds: seconds.default(600),
  /** A target fails when it has not come to its end so long after it was sent, or after its maintenance window opened. */
  targetDeadlineSeconds: seconds.exactOptional(),
  /** Agents accept an intent only so long after it was sent. */
  notAfterSeconds: seconds.exactOptional(),
  /**
   * A cluster that is offline when its turn comes is left out (`Skip`), goes last (`Defer`), or is brought up when it is back, even
   * after the rollout has ended (`CatchUp`).
   */
  offline: z.enum(["Skip", "Defer", "CatchUp"]).default("Defer"),
  /** For so long after the rollout has ended. */
  catchUpSeconds: seconds.default(7 * DAY_SECONDS),
  /** What happens beyond the failure budget, and when a gate fails. */
  onFailure: z.enum(["Pause", "Rollback", "Continue"]).default("Pause"),
  /** What happens to targets that cannot reach the version: the start is refused, or they are left out. */
  unreachable: z.enum(["Refuse", "Skip"]).default("Refuse"),
  /** Nothing new is sent while all of them are closed. */
  windows: windows.default([]),
  acceptRisks: z.array(token).max(64).default([]),
  targets: z.array(targetSchema).max(1_000).default([]),
});

const specSchema = specFields.superRefine((spec, context) => {
  for (const [path, message] of contradictions(spec)) {
    context.addIssue({ code: "custom", path: [path], message });
  }
});

type Draft = Pick<RolloutSpec, "action" | "onFailure"> &
  Partial<Pick<RolloutSpec, "version" | "versionRange" | "instance" | "deletionPolicy">> & {
    readonly waves: readonly { readonly clusters?: unknown; readonly name?: string; readonly verify?: string }[];
    readonly targets: readonly { readonly version?: string }[];
  };

/** What fits each other nowhere, by field. */
function* contradictions(spec: Draft): Iterable<[path: string, message: string]> {
  const { action, version, versionRange: range, instance, waves } = spec;
  const moves = action === "install" || action === "upgrade" || action === "downgrade";
  if (action === "install" ? version === undefined || range !== undefined : moves && (version === undefined) === (range === undefined)) {
    yield ["version", action === "install" ? "install needs a version" : `${action} needs either version or versionRange`];
  }
  if (!moves && (version !== undefined || range !== undefined)) {
    yield ["version", `${action} has no target version`];
  }
  const templated = action === "install" || action === "configure";
  if (templated && instance === undefined) {
    yield ["instance", `${action} needs the instance`];
  }
  if (!templated && instance !== undefined) {
    yield ["instance", `${action} changes no configuration; use the action configure`];
  }
  if (action !== "remove" && spec.deletionPolicy !== undefined) {
    yield ["deletionPolicy", "belongs to the action remove"];
  }
  if (spec.onFailure === "Rollback" && !moves) {
    yield ["onFailure", `${action} cannot be rolled back: what was there before is known to the clusters alone`];
  }
  if (waves.filter(({ clusters }) => clusters === undefined).length > 1) {
    yield ["waves", "only one wave can take all clusters that are left"];
  }
  const names = waves.map(({ name }, index) => name ?? String(index + 1));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    yield ["waves", `two waves are called ${twice}; a wave without a name is called by its place`];
  }
  if (!moves && spec.targets.some((target) => target.version !== undefined)) {
    yield ["targets", `${action} has no target version, for single targets neither`];
  }
  if (action === "remove" && waves.some(({ verify }) => verify !== undefined)) {
    yield ["waves", "remove leaves nothing that verify could look at"];
  }
}

export type RolloutSpec = z.infer<typeof specSchema>;
export type RolloutAction = RolloutSpec["action"];
export type WaveSpec = RolloutSpec["waves"][number];
export type BudgetSpec = RolloutSpec["failureBudget"];
export type SelectorSpec = RolloutSpec["selector"];
export type WaveSelectorSpec = z.infer<ReturnType<typeof fields<typeof clusterSelector>>>;

/** The document of `portolan apply -f`. */
export const rolloutDocumentSchema = fields({
  apiVersion: z.literal("portolan.dev/v1alpha1"),
  kind: z.literal("Rollout"),
  metadata: fields({ name: dnsLabel }),
  spec: specSchema,
});

export { specSchema as rolloutSpecSchema };

/** As it is kept: a rollout that brings others' targets back has a version for each of them, and none for all. */
export const storedSpecSchema = specFields;
