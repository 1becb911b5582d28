import { describe, expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { json, ScriptedServer, status, text } from "../kube/testing/mod.ts";
import { endOfLog } from "./job-log.ts";

const job = { apiVersion: "batch/v1", kind: "Job", namespace: "apps", name: "backup" };
const pod = (name: string, created: string, phase = "Failed", exitCodes: readonly number[] = [1]) => ({
  metadata: { namespace: "apps", name, creationTimestamp: created },
  status: {
    phase,
    containerStatuses: exitCodes.map((exitCode, index) => ({ name: `c${index}`, state: { terminated: { exitCode } } })),
  },
});

function server(pods: readonly object[]): ScriptedServer {
  return new ScriptedServer()
    .serves("v1", { Pod: "pods" })
    .always(
      "GET /api/v1/namespaces/apps/pods",
      json(200, { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: pods }),
    );
}

const log = async (api: ScriptedServer) => await endOfLog(new KubeClient({ transport: api.transport }), job);

describe("the end of a failed Job's log", () => {
  it("is that of the newest pod that failed, and of the container that did", async () => {
    const pods = [
      pod("old", "2030-01-01T00:00:00Z"),
      pod("new", "2030-01-02T00:00:00Z", "Failed", [0, 3]),
      pod("fine", "2030-01-03T00:00:00Z", "Succeeded"),
    ];
    const api = server(pods).always("GET /api/v1/namespaces/apps/pods/new/log", text(200, "one\ntwo\n"));
    expect(await log(api)).toBe("one\ntwo");
    expect(api.seen("GET /api/v1/namespaces/apps/pods")[0]?.query).toMatchObject({ labelSelector: "batch.kubernetes.io/job-name=backup" });
    expect(api.seen("GET /api/v1/namespaces/apps/pods/new/log")[0]?.query).toMatchObject({ container: "c1", tailLines: "10" });
  });

  it("is short", async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const api = server([pod("p", "2030-01-01T00:00:00Z")]).answers(
      "GET /api/v1/namespaces/apps/pods/p/log",
      text(200, lines.join("\n")),
      text(200, `${"x".repeat(5_000)}end`),
    );
    expect(await log(api)).toBe(lines.slice(-10).join("\n"));
    const long = await log(api);
    expect(long).toHaveLength(701);
    expect(long).toMatch(/^….*end$/u);
  });

  it.each<[string, ScriptedServer]>([
    ["there is no pod", server([])],
    ["no pod failed", server([pod("p", "2030-01-01T00:00:00Z", "Running")])],
    ["it says nothing", server([pod("p", "2030-01-01T00:00:00Z")]).always("GET /api/v1/namespaces/apps/pods/p/log", text(200, "\n"))],
    [
      "it may not be read",
      server([pod("p", "2030-01-01T00:00:00Z")]).always("GET /api/v1/namespaces/apps/pods/p/log", status(403, "Forbidden", "no")),
    ],
    [
      "its kubelet is away",
      server([pod("p", "2030-01-01T00:00:00Z")]).always("GET /api/v1/namespaces/apps/pods/p/log", status(500, "InternalError", "no")),
    ],
  ])("is left out when %s", async (_, api) => {
    expect(await log(api)).toBeUndefined();
  });
});
