/** The two CustomResourceDefinitions, as objects to apply. Every string and list is bounded, so that a status always fits into etcd. */
import type { KubeObject } from "../kube/mod.ts";
import { GROUP, SERVICE_INSTANCE_KIND, UNOBSERVED_GENERATION } from "./service-instance.ts";
import { SERVICE_DEFINITION_KIND } from "./service-definition.ts";

type Schema = { readonly [key: string]: unknown };

const text = (maxLength: number, rest: Schema = {}): Schema => ({ type: "string", maxLength, ...rest });
const choice = (...values: readonly string[]): Schema => ({ type: "string", enum: values });
const time: Schema = { type: "string", format: "date-time" };
const integer: Schema = { type: "integer", format: "int64" };
const flag: Schema = { type: "boolean" };
const anything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const list = (items: Schema, maxItems: number, rest: Schema = {}): Schema => ({
  type: "array",
  maxItems,
  items,
  "x-kubernetes-list-type": "atomic",
  ...rest,
});
const object = (properties: { readonly [name: string]: Schema }, required: readonly string[] = [], rest: Schema = {}): Schema => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required }),
  ...rest,
});

const dnsLabel = text(63, { pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" });
/** As a rule, because a `pattern` that is not kept is answered with the pattern, which tells nobody what to write. */
const form = (pattern: string, message: string): Schema => ({
  "x-kubernetes-validations": [{ rule: `self.matches('${pattern}')`, message }],
});
const semanticVersion = text(
  256,
  form(
    "^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?([+][0-9A-Za-z.-]+)?$",
    "expected a semantic version without a leading v, for example 1.2.3; kubectl get si shows what is available",
  ),
);

/** What a cron pattern and a zone mean is judged by the agent, which says so in the condition ConfigValid. */
const maintenanceWindow = object(
  {
    cron: text(256, {
      ...form(
        "^(@[a-z]+|[^ ?]+( [^ ?]+){4})$",
        "expected minute, hour, day of month, month and day of week with one space between them and no ?, for example 0 2 * * *",
      ),
      description: "When it opens: minute, hour, day of month, month, day of week.",
    }),
    duration: text(10, {
      ...form("^([0-9]{1,3}h([0-9]{1,5}m)?|[0-9]{1,5}m)$", "expected hours and minutes up to a week, for example 4h, 90m or 1h30m"),
      description: "How long it stays open, up to a week: 90m, 4h, 1h30m.",
    }),
    timeZone: text(64, {
      ...form("^[A-Za-z][A-Za-z0-9_+/-]*$", "expected an IANA name and no offset, for example Europe/Lisbon; UTC by default"),
      description: "IANA name, for example Europe/Lisbon; UTC by default.",
    }),
  },
  ["cron", "duration"],
);

const spec = object(
  {
    service: {
      ...dnsLabel,
      description: "Service of the catalog; see `kubectl get sd`.",
      "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "spec.service cannot be changed; make another ServiceInstance" }],
    },
    version: {
      ...semanticVersion,
      description: "Version to run. Absent: nothing is installed, the available versions are shown in the status.",
    },
    config: { ...anything, description: "Configuration by the service's schema, the same for all versions." },
    overrides: { ...anything, description: "JSON merge patch over the values that the version's mapping gives." },
    secretRefs: list(object({ name: text(253), secretName: text(253) }, ["name", "secretName"]), 32, {
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      description: "Secrets of this namespace, by the name that the service uses for them.",
    }),
    targetNamespace: { ...dnsLabel, description: "Namespace of the service's objects; this one by default." },
    suspend: { ...flag, description: "Leave everything as it is." },
    fleet: { ...choice("Follow", "Ignore"), default: "Follow", description: "Whether the hub may change spec.version." },
    upgradePolicy: object({
      windows: list(maintenanceWindow, 16, {
        description: "When steps may begin; one that is open is enough. A first installation does not wait. None: always.",
      }),
      onFailure: {
        ...choice("Halt", "Rollback"),
        description:
          "What becomes of an upgrade that fails: it halts (the default), or goes back along the downgrades that the catalog has.",
      },
      acceptRisks: list(text(128), 64, {
        "x-kubernetes-list-type": "set",
        description: "Risks, by id, that versions may be entered with.",
      }),
    }),
    driftPolicy: {
      ...choice("Correct", "Warn", "Ignore"),
      default: "Correct",
      description: "What to do when a managed object was changed by another hand.",
    },
    driftIgnore: list(
      object(
        {
          apiVersion: text(253),
          kind: text(63),
          namespace: text(63),
          name: text(253),
          pointers: list(text(512, { pattern: "^/" }), 32, { minItems: 1 }),
        },
        ["pointers"],
      ),
      32,
      { description: "Fields of managed objects, by JSON Pointer, that are left as they are in the cluster, also by upgrades." },
    ),
    deletionPolicy: {
      ...choice("Uninstall", "Orphan"),
      default: "Uninstall",
      description: "What becomes of the service when this object is deleted.",
    },
    serviceAccountName: {
      ...text(253, { pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$" }),
      description:
        "ServiceAccount of this namespace with whose rights the service is installed and looked after; the agent's own by default.",
    },
  },
  ["service"],
  {
    "x-kubernetes-validations": [
      {
        rule: "!has(oldSelf.version) || has(self.version)",
        message: "spec.version cannot be unset; delete the ServiceInstance to uninstall",
      },
    ],
  },
);

const step = object(
  {
    from: text(256),
    to: text(256),
    upgrader: text(253),
    direction: choice("install", "upgrade", "downgrade", "configure"),
    disruptive: flag,
    irreversible: flag,
    digest: text(64),
  },
  ["to", "direction", "disruptive", "irreversible", "digest"],
);

const recorded = object({ apiVersion: text(253), kind: text(63), namespace: text(63), name: text(253), uid: text(128) }, [
  "apiVersion",
  "kind",
  "name",
  "uid",
]);

/**
 * kstatus takes an object of an unknown kind that says nothing of itself for Current, and so do Flux, `helm --wait` and kpt. With this
 * default one that no agent has looked at yet is InProgress. Flux does the same for its kinds.
 */
const unobserved: Schema = { default: { observedGeneration: UNOBSERVED_GENERATION } };

const statusFields = {
  observedGeneration: integer,
  phase: choice("Discovered", "Installing", "Ready", "Upgrading", "Downgrading", "Configuring", "Failed", "Suspended", "Removing"),
  phaseChangedAt: time,
  version: text(256),
  targetVersion: text(256),
  availableVersions: list(
    object(
      {
        version: text(256),
        direction: choice("install", "upgrade", "downgrade"),
        steps: list(text(256), 32),
        disruptive: flag,
        irreversible: flag,
        risks: list(text(128), 64),
        planHash: text(64),
      },
      ["version", "direction", "steps", "disruptive", "irreversible", "risks", "planHash"],
    ),
    30,
  ),
  unavailableVersions: list(object({ version: text(256), reason: text(63), message: text(1024) }, ["version", "reason", "message"]), 20),
  availability: object({ available: integer, unavailable: integer, digest: text(64) }, ["available", "unavailable", "digest"]),
  operation: object(
    {
      id: text(63),
      kind: choice("Install", "Upgrade", "Downgrade", "Configure", "Rollback"),
      plan: list(step, 32),
      planHash: text(64),
      generation: integer,
      inputs: anything,
      cursor: object(
        {
          step: integer,
          action: text(253),
          attempt: integer,
          actionStartedAt: time,
          nextAttemptAt: time,
          recorded: list(recorded, 500),
        },
        ["step"],
      ),
      startedAt: time,
      stepStartedAt: time,
      by: text(300),
      message: text(1024),
    },
    ["id", "kind", "plan", "planHash", "generation", "inputs", "cursor", "startedAt"],
  ),
  history: list(
    object(
      {
        from: text(256),
        to: text(256),
        result: choice("Succeeded", "Failed", "Held", "RolledBack"),
        by: text(300),
        startedAt: time,
        finishedAt: time,
      },
      ["to", "result", "startedAt", "finishedAt"],
    ),
    10,
  ),
  inventory: object({ digest: text(64), count: integer }, ["digest", "count"]),
  catalogDigest: text(64),
  configDigest: text(64),
  secretsDigest: text(64),
  definitionsDigest: text(64),
  failure: object({ generation: integer, reason: text(63), message: text(1024), step: text(520), action: text(253), at: time }, [
    "generation",
    "reason",
    "message",
    "at",
  ]),
  lastHandledRetry: text(253),
  conditions: list(
    object(
      {
        type: text(316),
        status: choice("True", "False", "Unknown"),
        reason: text(1024),
        message: text(32768),
        observedGeneration: integer,
        lastTransitionTime: time,
      },
      ["type", "status", "reason", "message", "lastTransitionTime"],
    ),
    16,
    { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] },
  ),
};

const status = object(statusFields, [], unobserved);

const column = (name: string, type: string, jsonPath: string, rest: Schema = {}): Schema => ({ name, type, jsonPath, ...rest });
/** Of `kubectl get -o wide` only. */
const wideColumn = (name: string, type: string, jsonPath: string): Schema => column(name, type, jsonPath, { priority: 1 });

function definition(
  names: Schema & { plural: string },
  scope: "Namespaced" | "Cluster",
  labels: { readonly [key: string]: string },
  version: Schema,
): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${names.plural}.${GROUP}`, labels },
    spec: { group: GROUP, scope, names, versions: [{ name: "v1alpha1", served: true, storage: true, ...version }] },
  };
}

/** CRD of ServiceInstance. It is a parent of ApplySets (KEP-3659), hence the label. */
export const serviceInstanceCrd: KubeObject = definition(
  {
    plural: "serviceinstances",
    singular: "serviceinstance",
    kind: SERVICE_INSTANCE_KIND,
    listKind: "ServiceInstanceList",
    shortNames: ["si"],
  },
  "Namespaced",
  { "applyset.kubernetes.io/is-parent-type": "true" },
  {
    subresources: { status: {} },
    additionalPrinterColumns: [
      column("Service", "string", ".spec.service"),
      column("Version", "string", ".status.version"),
      column("Target", "string", ".spec.version"),
      column("Available", "integer", ".status.availability.available"),
      column("Ready", "string", '.status.conditions[?(@.type=="Ready")].status'),
      column("Status", "string", '.status.conditions[?(@.type=="Ready")].message'),
      column("Age", "date", ".metadata.creationTimestamp"),
      wideColumn("Phase", "string", ".status.phase"),
      wideColumn("Since", "date", ".status.phaseChangedAt"),
      wideColumn("Reason", "string", '.status.conditions[?(@.type=="Ready")].reason'),
    ],
    schema: {
      openAPIV3Schema: object({ apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" }, spec, status }, [
        "spec",
      ]),
    },
  },
);

/** CRD of ServiceDefinition. */
export const serviceDefinitionCrd: KubeObject = definition(
  {
    plural: "servicedefinitions",
    singular: "servicedefinition",
    kind: SERVICE_DEFINITION_KIND,
    listKind: "ServiceDefinitionList",
    shortNames: ["sd"],
  },
  "Cluster",
  {},
  {
    additionalPrinterColumns: [
      column("Title", "string", ".spec.title"),
      column("Latest", "string", ".spec.latest"),
      column("Versions", "integer", ".spec.totalVersions"),
      column("Scope", "string", ".spec.scope"),
      column("Age", "date", ".metadata.creationTimestamp"),
    ],
    schema: {
      openAPIV3Schema: object({
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: { type: "object" },
        spec: object({
          title: text(256),
          description: text(8192),
          icon: text(65536),
          scope: choice("Cluster", "Namespace"),
          configSchema: anything,
          secrets: list(object({ name: text(253), description: text(1024), keys: list(text(253), 64), optional: flag }), 50),
          latest: text(256),
          totalVersions: integer,
          versions: list(
            object(
              {
                version: text(256),
                kubernetes: text(256),
                catalog: text(253),
                retracted: object({ reason: text(1024), url: text(2048) }, ["reason"]),
              },
              ["version"],
            ),
            200,
          ),
        }),
      }),
    },
  },
);
