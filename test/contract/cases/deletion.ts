import type { ContractCase } from "../contract-case.ts";
import { CONFIG_MAPS, configMap, get, mergePatch, post, put, remove } from "./requests.ts";

const owned = (name: string, owner: string, uid: string, more: Record<string, unknown> = {}): Record<string, unknown> =>
  configMap(name, undefined, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: owner, uid, ...more }] });

/** Finalizers, preconditions, propagation and the garbage collector. */
export const deletionCases: readonly ContractCase[] = [
  {
    name: "delete with preconditions",
    steps: [
      post(CONFIG_MAPS, configMap("a")),
      remove(`${CONFIG_MAPS}/a`, 409, { preconditions: { uid: "11111111-1111-4111-8111-111111111111" } }),
      remove(`${CONFIG_MAPS}/a`, 409, { preconditions: { resourceVersion: "1" } }, { ignore: ["message"] }),
      remove(`${CONFIG_MAPS}/a`, 200, { preconditions: { uid: "<uid:1>", resourceVersion: "<rv:1>" } }),
      get(`${CONFIG_MAPS}/a`, 404),
    ],
  },
  {
    name: "finalizers hold an object",
    steps: [
      post(CONFIG_MAPS, configMap("a", { n: "1" }, { finalizers: ["example.com/one", "example.com/two"] })),
      remove(`${CONFIG_MAPS}/a`, 200),
      remove(`${CONFIG_MAPS}/a`, 200),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: ["example.com/one", "example.com/three"] } }, 422),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: ["example.com/one"] } }),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { deletionTimestamp: null } }),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: null } }),
      get(`${CONFIG_MAPS}/a`, 404),
    ],
  },
  {
    name: "a watch sees an object marked, then gone",
    steps: [
      post(CONFIG_MAPS, configMap("a", undefined, { finalizers: ["example.com/one"] })),
      { watch: "all", path: `${CONFIG_MAPS}?watch=true&resourceVersion=<rv:1>` },
      remove(`${CONFIG_MAPS}/a`, 200),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: [] } }),
      { collect: "all", events: 2 },
    ],
  },
  {
    name: "dependents go with their owner",
    steps: [
      post(CONFIG_MAPS, configMap("owner")),
      post(CONFIG_MAPS, owned("dependent", "owner", "<uid:1>")),
      remove(`${CONFIG_MAPS}/owner`, 200),
      get(`${CONFIG_MAPS}/dependent`, 404, { until: { status: 404 } }),
    ],
  },
  {
    name: "a dependent of two owners stays with the other one",
    steps: [
      post(CONFIG_MAPS, configMap("first")),
      post(CONFIG_MAPS, configMap("second")),
      post(
        CONFIG_MAPS,
        configMap("dependent", undefined, {
          ownerReferences: [
            { apiVersion: "v1", kind: "ConfigMap", name: "first", uid: "<uid:1>" },
            { apiVersion: "v1", kind: "ConfigMap", name: "second", uid: "<uid:2>" },
          ],
        }),
      ),
      remove(`${CONFIG_MAPS}/first`, 200),
      get(`${CONFIG_MAPS}/dependent`, 200, {
        until: { path: "metadata.ownerReferences.0.name", equals: "second" },
        ignore: ["metadata.managedFields", "metadata.resourceVersion"],
      }),
      remove(`${CONFIG_MAPS}/second`, 200),
      get(`${CONFIG_MAPS}/dependent`, 404, { until: { status: 404 } }),
    ],
  },
  {
    name: "an owner that was never there takes its dependents along",
    steps: [
      post(CONFIG_MAPS, owned("dependent", "ghost", "11111111-1111-4111-8111-111111111111")),
      get(`${CONFIG_MAPS}/dependent`, 404, { until: { status: 404 } }),
    ],
  },
  {
    name: "orphans stay",
    steps: [
      post(CONFIG_MAPS, configMap("owner")),
      post(CONFIG_MAPS, owned("dependent", "owner", "<uid:1>")),
      remove(`${CONFIG_MAPS}/owner`, 200, { propagationPolicy: "Orphan" }),
      get(`${CONFIG_MAPS}/owner`, 404, { until: { status: 404 } }),
      get(`${CONFIG_MAPS}/dependent`, 200, { ignore: ["metadata.managedFields"] }),
    ],
  },
  {
    name: "a foreground deletion waits for dependents that block it",
    steps: [
      post(CONFIG_MAPS, configMap("owner")),
      post(CONFIG_MAPS, {
        ...owned("dependent", "owner", "<uid:1>", { blockOwnerDeletion: true }),
        metadata: {
          name: "dependent",
          finalizers: ["example.com/hold"],
          ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: "<uid:1>", blockOwnerDeletion: true }],
        },
      }),
      remove(`${CONFIG_MAPS}/owner`, 200, { propagationPolicy: "Foreground" }),
      get(`${CONFIG_MAPS}/dependent`, 200, { until: { path: "metadata.deletionGracePeriodSeconds", equals: 0 } }),
      get(`${CONFIG_MAPS}/owner`),
      mergePatch(`${CONFIG_MAPS}/dependent`, { metadata: { finalizers: null } }),
      get(`${CONFIG_MAPS}/owner`, 404, { until: { status: 404 } }),
    ],
  },
  {
    name: "delete options by query, and wrong ones",
    steps: [
      post(CONFIG_MAPS, configMap("a")),
      remove(`${CONFIG_MAPS}/a?propagationPolicy=Nonsense`, 422),
      remove(`${CONFIG_MAPS}/a?propagationPolicy=Background&gracePeriodSeconds=0`, 200),
    ],
  },
  {
    name: "delete a collection",
    steps: [
      post(CONFIG_MAPS, configMap("a", undefined, { labels: { x: "y" } })),
      post(CONFIG_MAPS, configMap("b", undefined, { labels: { x: "y" } })),
      post(CONFIG_MAPS, configMap("c")),
      remove(`${CONFIG_MAPS}?labelSelector=x%3Dy`, 200),
      get(CONFIG_MAPS),
    ],
  },
  {
    name: "an object that is being deleted can still be updated",
    steps: [
      post(CONFIG_MAPS, configMap("a", { n: "1" }, { finalizers: ["example.com/one"] })),
      remove(`${CONFIG_MAPS}/a`, 200),
      put(`${CONFIG_MAPS}/a`, configMap("a", { n: "2" }, { finalizers: ["example.com/one"] })),
      put(`${CONFIG_MAPS}/a`, configMap("a", { n: "3" })),
      get(`${CONFIG_MAPS}/a`, 404),
    ],
  },
];
