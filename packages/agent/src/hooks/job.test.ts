import { describe, expect, it } from "vitest";
import { json, ScriptedServer, status } from "../kube/testing/mod.ts";
import { contextOf } from "../operation/context.fixture.ts";
import { jobName, runJob } from "./job.ts";

const hook = { name: "backup", timeoutSeconds: 60, action: "job", job: {} } as const;
const template = { metadata: { labels: { own: "label" } }, spec: { ttlSecondsAfterFinished: 5, template: {} } };
const jobs = "/apis/batch/v1/namespaces/apps/jobs";
const name = "one-backup-0a1b2c3d-0";
const noPods = json(200, { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [] });
const server = (): ScriptedServer =>
  new ScriptedServer().serves("batch/v1", { Job: "jobs" }).serves("v1", { Pod: "pods" }).always("GET /api/v1/namespaces/apps/pods", noPods);
const notFound = status(404, "NotFound", `jobs.batch "${name}" not found`, { name, kind: "jobs" });
const job = (conditions: readonly object[]) =>
  json(200, { apiVersion: "batch/v1", kind: "Job", metadata: { namespace: "apps", name }, status: { conditions } });

describe("the job hook", () => {
  it("starts a Job that stands for this step of this operation", async () => {
    const api = server().always(`GET ${jobs}/${name}`, notFound).always(`POST ${jobs}`, job([]));
    expect(await runJob(contextOf(api.transport), hook, template)).toMatchObject({ state: "waiting" });
    expect(api.seen(`POST ${jobs}`)[0]?.body).toMatchObject({
      metadata: {
        name,
        labels: { own: "label", "portolan.dev/operation": "0a1b2c3d", "portolan.dev/instance-id": "applyset-x-v1" },
        ownerReferences: [{ kind: "ServiceInstance", uid: "u1", controller: false }],
      },
      // One that deletes itself could not be told from one that never ran.
      spec: expect.not.objectContaining({ ttlSecondsAfterFinished: expect.anything() }),
    });
    // It ends when nobody waits for it any longer.
    expect(api.seen(`POST ${jobs}`)[0]?.body).toMatchObject({ spec: { activeDeadlineSeconds: 60 } });
  });

  it("finds the one that it made before a crash", async () => {
    const api = server()
      .always(`GET ${jobs}/${name}`, notFound)
      .always(`POST ${jobs}`, status(409, "AlreadyExists", "it is there"));
    expect(await runJob(contextOf(api.transport), hook, template)).toMatchObject({ state: "waiting" });
  });

  it.each([
    ["runs", [], { state: "waiting", message: `Job apps/${name} is running` }],
    ["is done", [{ type: "Complete", status: "True" }], { state: "done", object: `Job apps/${name}` }],
    ["has not failed", [{ type: "Failed", status: "False" }], { state: "waiting" }],
    [
      "has failed",
      [{ type: "Failed", status: "True", message: "too often" }],
      { state: "failed", reason: "JobFailed", message: expect.stringMatching(/failed: too often$/u) },
    ],
    [
      "has taken too long",
      [{ type: "Failed", status: "True", reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" }],
      { state: "failed", reason: "Timeout", message: expect.stringMatching(/failed: Job was active longer/u) },
    ],
    [
      "has failed without a word",
      [{ type: "Failed", status: "True" }],
      { state: "failed", message: expect.stringMatching(/no reason given$/u) },
    ],
  ])("tells when it %s", async (_, conditions, outcome) => {
    const api = server().always(`GET ${jobs}/${name}`, job(conditions));
    expect(await runJob(contextOf(api.transport), hook, template)).toMatchObject(outcome);
    expect(api.requests.filter(({ method }) => method === "POST")).toEqual([]);
  });
});

describe("the name of a Job", () => {
  const named = (instance: string, hookName: string, step = 0): string =>
    jobName(contextOf(server().transport, { step }, instance), hookName);

  it("is another one for every hook, step and operation", () => {
    expect(new Set([named("one", "backup"), named("one", "schema"), named("one", "backup", 1), named("two", "backup")]).size).toBe(4);
  });

  it("has at most 63 characters, and stays another one for long names that differ at their ends", () => {
    const long = "a".repeat(80);
    const [first, second] = [named(`${long}-x`, "backup"), named(`${long}-y`, "backup")];
    expect(first.length).toBeLessThanOrEqual(63);
    expect(first).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/u);
    expect(first).toMatch(/-0a1b2c3d-0$/u);
    expect(first).not.toBe(second);
    expect(named("a.".repeat(40), "backup")).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/u);
  });
});
