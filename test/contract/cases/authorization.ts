import type { ContractCase, RequestStep } from "../contract-case.ts";
import { apply, CONFIG_MAPS, configMap, get, mergePatch, post, put, remove, SECRETS } from "./requests.ts";

/** What somebody may do who is impersonated, as an agent impersonates the account of a service. */
const RBAC = "rbac.authorization.k8s.io";
const ROLES = `/apis/${RBAC}/v1/namespaces/<ns>/roles`;
const BINDINGS = `/apis/${RBAC}/v1/namespaces/<ns>/rolebindings`;
const CLUSTER_ROLES = `/apis/${RBAC}/v1/clusterroles`;
const SUBJECT_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const ACCOUNT = { headers: { "impersonate-user": "system:serviceaccount:<ns>:default" } };

const role = (name: string, rules: readonly object[], kind = "Role"): object => ({
  apiVersion: `${RBAC}/v1`,
  kind,
  metadata: { name },
  rules,
});
const binding = (name: string, roleRef: object, subject: object): object => ({
  apiVersion: `${RBAC}/v1`,
  kind: "RoleBinding",
  metadata: { name },
  roleRef: { apiGroup: RBAC, ...roleRef },
  subjects: [subject],
});
const SERVICE_ACCOUNT = { kind: "ServiceAccount", name: "default", namespace: "<ns>" };

/** Metadata alone, in the account's name. */
const METADATA = {
  headers: { ...ACCOUNT.headers, accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json" },
};
const STRICT = "fieldManager=portolan-agent&fieldValidation=Strict";
const deletion = (uid: string): object => ({
  apiVersion: "v1",
  kind: "DeleteOptions",
  preconditions: { uid },
  propagationPolicy: "Background",
});

/** Bindings take effect in their own time. */
const soon = (step: RequestStep): RequestStep => ({ ...step, until: { status: step.expect } });
const review = (resourceAttributes: object): RequestStep =>
  post(REVIEWS, { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } }, 201, {
    ...ACCOUNT,
    ignore: ["metadata.managedFields", "status.reason"],
  });

const reviewOf = (user: string, groups: readonly string[], attributes: object): RequestStep =>
  post(
    SUBJECT_REVIEWS,
    { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec: { user, groups, ...attributes } },
    201,
    {
      ignore: ["metadata.managedFields", "status.reason"],
    },
  );

export const authorizationCases: readonly ContractCase[] = [
  {
    name: "an impersonated service account may do nothing by itself",
    steps: [
      get(CONFIG_MAPS, 403, ACCOUNT),
      get(`${CONFIG_MAPS}/a`, 403, ACCOUNT),
      get(`${CONFIG_MAPS}?watch=true`, 403, ACCOUNT),
      post(CONFIG_MAPS, configMap("a"), 403, ACCOUNT),
      apply(`${CONFIG_MAPS}/a?fieldManager=x`, configMap("a"), 403, ACCOUNT),
      put(`${CONFIG_MAPS}/a`, configMap("a"), 403, ACCOUNT),
      get("/apis/apps/v1/namespaces/<ns>/deployments/a/scale", 403, ACCOUNT),
      get("/api/v1/nodes", 403, ACCOUNT),
      get("/api/v1/namespaces/<ns>", 403, ACCOUNT),
      get("/metrics", 403, ACCOUNT),
      get("/apis/nothing.example.com/v1/things", 403, ACCOUNT),
      get("/api", 200, { ...ACCOUNT, ignore: ["serverAddressByClientCIDRs"] }),
      review({ verb: "get", resource: "configmaps", namespace: "<ns>" }),
    ],
  },
  {
    name: "an impersonated service account may do what its roles say",
    steps: [
      post(
        ROLES,
        role("reader", [
          { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "patch"] },
          { apiGroups: [""], resources: ["secrets"], resourceNames: ["one"], verbs: ["get", "list"] },
        ]),
      ),
      post(BINDINGS, binding("reader", { kind: "Role", name: "reader" }, SERVICE_ACCOUNT)),
      soon(get(CONFIG_MAPS, 200, { ...ACCOUNT, ignore: ["items", "metadata.resourceVersion"] })),
      get(`${CONFIG_MAPS}/none`, 404, ACCOUNT),
      get("/api/v1/configmaps", 403, ACCOUNT),
      post(CONFIG_MAPS, configMap("a"), 403, ACCOUNT),
      // Whoever applies what is not there makes it.
      apply(`${CONFIG_MAPS}/a?fieldManager=x`, configMap("a"), 403, ACCOUNT),
      post(CONFIG_MAPS, configMap("a")),
      apply(`${CONFIG_MAPS}/a?fieldManager=x`, configMap("a", { k: "v" }), 200, ACCOUNT),
      get(`${SECRETS}/one`, 404, ACCOUNT),
      get(`${SECRETS}/two`, 403, ACCOUNT),
      get(SECRETS, 403, ACCOUNT),
      get(`${SECRETS}?fieldSelector=metadata.name%3Done`, 200, ACCOUNT),
      review({ verb: "list", resource: "configmaps", namespace: "<ns>" }),
      review({ verb: "list", resource: "configmaps" }),
      review({ verb: "get", resource: "secrets", namespace: "<ns>", name: "one" }),
      review({ verb: "*", resource: "configmaps", namespace: "<ns>" }),
    ],
  },
  {
    name: "an impersonated user is in the groups that are named",
    steps: [
      post(CLUSTER_ROLES, role("<ns>-all", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }], "ClusterRole")),
      post(BINDINGS, binding("all", { kind: "ClusterRole", name: "<ns>-all" }, { kind: "Group", name: "<ns>-crew", apiGroup: RBAC })),
      soon(
        get(CONFIG_MAPS, 200, {
          headers: { "impersonate-user": "jane", "impersonate-group": "<ns>-crew" },
          ignore: ["items", "metadata.resourceVersion"],
        }),
      ),
      get(CONFIG_MAPS, 403, { headers: { "impersonate-user": "jane", "impersonate-group": "others" } }),
      get(CONFIG_MAPS, 403, { headers: { "impersonate-user": "jane" } }),
      get("/api/v1/nodes", 403, { headers: { "impersonate-user": "jane", "impersonate-group": "<ns>-crew" } }),
      get(CONFIG_MAPS, 200, {
        headers: { "impersonate-user": "jane", "impersonate-group": "system:masters" },
        ignore: ["items", "metadata.resourceVersion"],
      }),
      { method: "DELETE", path: `${CLUSTER_ROLES}/<ns>-all`, expect: 200, ignore: ["details.uid"] },
    ],
  },
  {
    name: "an agent looks after a service in the name of its account",
    steps: [
      post(ROLES, role("keeper", [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "create", "patch", "delete"] }])),
      post(BINDINGS, binding("keeper", { kind: "Role", name: "keeper" }, SERVICE_ACCOUNT)),
      soon(get(`${CONFIG_MAPS}/a`, 404, METADATA)),
      get("/api/v1/namespaces/<ns>", 403, METADATA),
      apply(`${CONFIG_MAPS}/a?${STRICT}`, configMap("a"), 201, ACCOUNT),
      apply(`${CONFIG_MAPS}/a?${STRICT}&force=true`, configMap("a"), 200, ACCOUNT),
      apply(`${CONFIG_MAPS}/a?dryRun=All&${STRICT}&force=true`, configMap("a"), 200, ACCOUNT),
      apply(`${CONFIG_MAPS}/a?dryRun=All&fieldManager=portolan-agent&force=true`, configMap("a"), 200, ACCOUNT),
      get(`${CONFIG_MAPS}/a`, 200, METADATA),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { labels: { a: null } } }, 200, ACCOUNT),
      remove(`${CONFIG_MAPS}/a`, 409, deletion("11111111-1111-1111-1111-111111111111"), ACCOUNT),
      remove(`${CONFIG_MAPS}/a`, 200, deletion("<uid:3>"), ACCOUNT),
    ],
  },
  {
    name: "who administers asks what somebody else may do",
    steps: [
      post(ROLES, role("reader", [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["one"], verbs: ["get"] }])),
      post(BINDINGS, binding("reader", { kind: "Role", name: "reader" }, { kind: "Group", name: "<ns>-crew", apiGroup: RBAC })),
      soon(get(`${CONFIG_MAPS}/one`, 404, { headers: { "impersonate-user": "jane", "impersonate-group": "<ns>-crew" } })),
      reviewOf("jane", ["<ns>-crew"], { resourceAttributes: { verb: "get", resource: "configmaps", namespace: "<ns>", name: "one" } }),
      reviewOf("jane", ["<ns>-crew"], { resourceAttributes: { verb: "get", resource: "configmaps", namespace: "<ns>", name: "two" } }),
      reviewOf("jane", ["others"], { resourceAttributes: { verb: "get", resource: "configmaps", namespace: "<ns>", name: "one" } }),
      reviewOf("jane", ["<ns>-crew"], { nonResourceAttributes: { verb: "get", path: "/metrics" } }),
      reviewOf("jane", ["system:masters"], { resourceAttributes: { verb: "*", resource: "*", group: "*" } }),
    ],
  },
];
