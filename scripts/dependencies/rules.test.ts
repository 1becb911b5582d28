import { describe, expect, it } from "vitest";
import { judgeImport } from "./rules.ts";

describe("the direction of imports", () => {
  it.each([
    ["packages/agent/src/a.ts", "@portolan/shared/wire", undefined],
    ["packages/simulator/src/a.ts", "@portolan/agent/kube", undefined],
    ["packages/shared/src/bus/connect.ts", "@nats-io/transport-node", undefined],
    ["packages/agent/src/kube/kubeconfig/load.ts", "@kubernetes/client-node", undefined],
    ["packages/agent/src/a/b.ts", "../c.ts", "packages/agent/src/c.ts"],
    ["test/integration/x.test.ts", "@portolan/hub/hub", undefined],
    ["test/integration/x.test.ts", "../testbed/y.ts", "test/testbed/y.ts"],
  ])("allows %s → %s", (file, specifier, target) => {
    expect(judgeImport(file, specifier, target)).toBeUndefined();
  });

  it.each([
    ["packages/shared/src/a.ts", "@portolan/agent/kube", undefined, "no other package"],
    ["packages/hub/src/a.ts", "@portolan/agent/kube", undefined, "hub may import shared"],
    ["packages/cli/src/a.ts", "@portolan/hub/hub", undefined, "cli may import shared"],
    ["packages/agent/src/a.ts", "@portolan/agent/kube", undefined, "relative paths"],
    ["packages/agent/src/report/a.ts", "@nats-io/transport-node", undefined, "bus adapter"],
    ["packages/agent/src/agent/a.ts", "@kubernetes/client-node", undefined, "one place"],
    ["packages/shared/src/values/a.ts", "@marcbachmann/cel-js", undefined, "expression adapter"],
    ["packages/shared/src/a.ts", "node:http", undefined, "neither Kubernetes nor HTTP"],
    ["packages/agent/src/a.ts", "../../shared/src/wire/mod.ts", "packages/shared/src/wire/mod.ts", "by name"],
    ["packages/agent/src/a.ts", "../../../test/testbed/x.ts", "test/testbed/x.ts", "outside of itself"],
    ["test/integration/x.test.ts", "../../packages/hub/src/hub.ts", "packages/hub/src/hub.ts", "by name"],
  ])("refuses %s → %s", (file, specifier, target, why) => {
    expect(judgeImport(file, specifier, target)?.why).toContain(why);
  });
});
