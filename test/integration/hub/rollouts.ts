import { eventually, type Answer, type TestHub } from "./harness.ts";

let made = 0;

/** Applies a document; `default/…` of cert-manager to 1.1.0, as far as it does not say otherwise. */
export async function applyRollout(
  hub: TestHub,
  spec: object = {},
  name = `rollout-${(made += 1)}`,
  headers: { readonly [name: string]: string } = {},
): Promise<Answer> {
  const document = {
    apiVersion: "portolan.dev/v1alpha1",
    kind: "Rollout",
    metadata: { name },
    spec: { action: "upgrade", service: "cert-manager", version: "1.1.0", ...spec },
  };
  return await hub.send("PUT", `/v1/rollouts/${name}`, document, headers);
}

/** The rollout when all agents have said what they would do. */
export async function checked(hub: TestHub, name: string): Promise<Answer> {
  return await eventually(
    () => hub.get(`/v1/rollouts/${name}`),
    ({ body }) => body.phase === "Checked",
  );
}

/** Applies a document and starts it when it is checked. Gives its name. */
export async function startRollout(hub: TestHub, spec: object = {}, name?: string): Promise<string> {
  const applied = await applyRollout(hub, spec, name);
  if (applied.status !== 201) throw new Error(`the rollout was refused: ${JSON.stringify(applied.body)}`);
  const { body } = await checked(hub, applied.body.name);
  const started = await hub.post(`/v1/rollouts/${body.name}/start`, { hash: body.checkHash });
  if (started.status !== 200) throw new Error(`the start was refused: ${JSON.stringify(started.body)}`);
  return body.name;
}

/** A rollout together with its targets. */
export async function readRollout(hub: TestHub, name: string): Promise<Answer["body"]> {
  const [rollout, targets] = await Promise.all([hub.get(`/v1/rollouts/${name}`), hub.get(`/v1/rollouts/${name}/targets`)]);
  return { ...rollout.body, targets: targets.body.items };
}

/** The rollout when it has come to its end, or to one of these phases. */
export async function ended(
  hub: TestHub,
  name: string,
  {
    timeoutMs,
    phases = ["Succeeded", "Failed", "Aborted", "RolledBack"],
  }: { readonly timeoutMs?: number; readonly phases?: readonly string[] } = {},
): Promise<Answer["body"]> {
  return await eventually(
    () => readRollout(hub, name),
    (body) => phases.includes(body.phase),
    timeoutMs,
  );
}
