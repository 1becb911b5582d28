/**
 * The ValidatingAdmissionPolicy of ServiceInstances and its binding, as objects to apply: what is refused at `kubectl apply` because
 * it can never work, although each field has its form (`crds.ts`, which the API server checks first).
 *
 * It matches ServiceInstances alone, judges only what a write changes, and lets through what it cannot judge: neither an agent that is
 * gone nor an instance that is older than a rule is ever blocked by it.
 */
import type { KubeObject } from "../kube/mod.ts";
import { GROUP } from "./service-instance.ts";

const NAME = `serviceinstances.${GROUP}`;
const POLICY_API = "admissionregistration.k8s.io/v1";

interface Rule {
  /** CEL that gives whether it is kept. */
  readonly expression: string;
  /** CEL that gives what was expected, what was found and what to do. */
  readonly messageExpression: string;
}

const quoted = (expression: string): string => `'"' + ${expression} + '"'`;

/** Not kube-system, where many services of a cluster do run. */
const reservedNamespace: Rule = {
  expression: "variables.target == variables.targetBefore || !(variables.target in ['kube-public', 'kube-node-lease'])",
  messageExpression:
    `'spec.targetNamespace: expected a namespace for services, found ' + ${quoted("variables.target")} + ` +
    "', which belongs to Kubernetes itself; name another one, for example ' + " +
    quoted("object.spec.service"),
};

/** A rule for windows: `wrong` is true of a window `w` that is. */
function windowRule(wrong: string, field: "cron" | "duration", expected: string): Rule {
  return {
    expression: `!variables.windows.exists(w, ${wrong})`,
    messageExpression:
      `'spec.upgradePolicy.windows: expected as ${field} ${expected}, found ' + ` +
      quoted(`variables.windows.filter(w, ${wrong})[0].${field}`),
  };
}

/** A number of the field that is none of its values; what stands behind a slash is a step, which is not judged here. */
function cronRule(index: number, numbers: string, expected: string): Rule {
  return windowRule(
    `w.cron.split(' ').size() == 5 && w.cron.split(' ')[${index}].matches('(^|[,-])(${numbers})($|[^0-9])')`,
    "cron",
    `${expected} in field ${index + 1} of minute, hour, day of month, month, day of week`,
  );
}

const rules: readonly Rule[] = [
  reservedNamespace,
  windowRule(
    "duration(w.duration) <= duration('0s') || duration(w.duration) > duration('168h')",
    "duration",
    "more than nothing and at most a week (168h), for example 4h or 1h30m",
  ),
  windowRule(
    "w.cron.startsWith('@') && !(w.cron in ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'])",
    "cron",
    "one of @yearly, @monthly, @weekly, @daily, @hourly, or five fields, for example 0 2 * * *",
  ),
  cronRule(0, "0*[6-9][0-9]|0*[1-9][0-9]{2,}", "minutes from 0 to 59"),
  cronRule(1, "0*2[4-9]|0*[3-9][0-9]|0*[1-9][0-9]{2,}", "hours from 0 to 23"),
  cronRule(2, "0+|0*3[2-9]|0*[4-9][0-9]|0*[1-9][0-9]{2,}", "days of the month from 1 to 31"),
  cronRule(3, "0+|0*1[3-9]|0*[2-9][0-9]|0*[1-9][0-9]{2,}", "months from 1 to 12"),
  cronRule(4, "0*[89]|0*[1-9][0-9]+", "days of the week from 0 (Sunday) to 7"),
];

const targetOf = (object: string): string =>
  `(has(${object}.spec.targetNamespace) ? ${object}.spec.targetNamespace : ${object}.metadata.namespace)`;
const windowsOf = (object: string): string =>
  `(has(${object}.spec.upgradePolicy) && has(${object}.spec.upgradePolicy.windows) ? ${object}.spec.upgradePolicy.windows : [])`;

export const serviceInstancePolicy: KubeObject = {
  apiVersion: POLICY_API,
  kind: "ValidatingAdmissionPolicy",
  metadata: { name: NAME },
  spec: {
    failurePolicy: "Ignore",
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [GROUP],
          apiVersions: ["v1alpha1"],
          operations: ["CREATE", "UPDATE"],
          resources: ["serviceinstances"],
          scope: "Namespaced",
        },
      ],
    },
    // Finalizers and annotations come and go whatever the spec says.
    matchConditions: [{ name: "spec-changes", expression: "oldObject == null || object.spec != oldObject.spec" }],
    variables: [
      { name: "target", expression: targetOf("object") },
      { name: "targetBefore", expression: `oldObject == null ? '' : ${targetOf("oldObject")}` },
      { name: "windowsBefore", expression: `oldObject == null ? [] : ${windowsOf("oldObject")}` },
      { name: "windows", expression: `${windowsOf("object")}.filter(w, !(w in variables.windowsBefore))` },
    ],
    validations: rules.map((rule) => ({ ...rule, reason: "Invalid" })),
  },
};

export const serviceInstancePolicyBinding: KubeObject = {
  apiVersion: POLICY_API,
  kind: "ValidatingAdmissionPolicyBinding",
  metadata: { name: NAME },
  spec: { policyName: NAME, validationActions: ["Deny"] },
};
