import { scopeOf } from "@portolan/shared/expression";
import { KubeClient, type KubeTransport } from "../kube/mod.ts";
import type { ActionContext } from "./context.ts";
import type { Cursor } from "../resources/mod.ts";

/** What an action of the instance `apps/one` gets, with an API server of the test's own. */
export function contextOf(transport: KubeTransport, cursor: Cursor = { step: 0 }, name = "one"): ActionContext {
  const kube = new KubeClient({ transport });
  return {
    kube,
    own: kube,
    instance: {
      apiVersion: "portolan.dev/v1alpha1",
      kind: "ServiceInstance",
      metadata: { namespace: "apps", name, uid: "u1" },
      spec: { service: "web" },
    },
    applySetId: "applyset-x-v1",
    targetNamespace: "apps",
    scope: scopeOf({}),
    values: {},
    secrets: {},
    operation: {
      id: "0a1b2c3d",
      kind: "Upgrade",
      plan: [],
      planHash: "",
      generation: 1,
      inputs: {},
      cursor,
      startedAt: "2030-01-01T00:00:00Z",
    },
    watchKind: () => {},
  };
}
