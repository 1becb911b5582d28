import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { startHub, type Hub } from "@portolan/hub/hub";
import { generateKeyPair, loadSigningKey } from "@portolan/shared/signing";
import { startNatsServer } from "@portolan/simulator/nats-server";
import { expect, it, onTestFinished } from "vitest";
import { FakeAgent, offer, status } from "./fake-agent.ts";
import { eventually, TestHub } from "./harness.ts";
import { obey } from "./obedient-agent.ts";
import { startRollout } from "./rollouts.ts";

/** A key pair made for this test; it opens nothing else. */
const MUTE_KEY = "UBZTJZX6GNZPIPI4TMU6D7PJJQN5LIJEJAYHAX6FHWYTIK2262EJAMP7";
const MUTE_SEED = "SUAG7FVV4KNPJYDTER3I22QCMFOPGZR323FHMRG7Z3PGNJWZJD6JDGG7JM";
const MUTE_CREDENTIALS = Buffer.from(
  `-----BEGIN NATS USER JWT-----\nnot.looked.at\n------END NATS USER JWT------\n\n` +
    `-----BEGIN USER NKEY SEED-----\n${MUTE_SEED}\n------END USER NKEY SEED------\n`,
);
const PERMISSIONS = `
authorization {
  users: [
    { user: hub, password: hub }
    { nkey: ${MUTE_KEY}, permissions: { publish: { deny: ["portolan.v1.audit.>"] } } }
  ]
}
no_auth_user: hub`;

/** A hub that may store rollouts and not the record of them is at its end what one is that was killed between the two. */
it("a hub that takes over tells what another one has stored and not told, once", async () => {
  const nats = await startNatsServer({ extraConfiguration: PERMISSIONS });
  onTestFinished(() => nats.stop());
  const told: string[] = [];
  let isDown = true;
  const endpoint = createServer((request, response) => {
    request.resume();
    if (!isDown)
      told.push(
        String(request.headers["webhook-id"])
          .replace(/^ro-[0-9a-f]+\./u, "")
          .replace(/\.\d+$/u, ""),
      );
    response.writeHead(isDown ? 503 : 204).end();
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void endpoint.close());
  const address = await eventually(
    () => endpoint.address(),
    (found) => found !== null,
  );
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const signingKey = loadSigningKey(generateKeyPair().privateKeyPem);
  let aheadMs = 0;
  const start = async (credentials?: Uint8Array): Promise<Hub> => {
    const hub = await startHub({
      servers: nats.url,
      port: 0,
      signingKey,
      webhooks: [{ url, secret: Buffer.from("a secret of at least 24 bytes") }],
      now: () => Date.now() + aheadMs,
      ...(credentials === undefined ? {} : { credentials }),
    });
    onTestFinished(() => hub.stop());
    await hub.ready();
    return hub;
  };
  const mute = await start(MUTE_CREDENTIALS);
  const api = new TestHub(mute);
  const agent = await FakeAgent.start({
    servers: nats.url,
    cluster: "alpha",
    hubKey: signingKey.publicKey,
    onDocument: obey({ workMs: 60_000 }),
  });
  onTestFinished(() => agent.stop());
  agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
  await eventually(
    () => api.get("/v1/availability?service=cert-manager"),
    ({ body }) => body.items[0]?.counts.reachable === 1,
  );
  const name = await startRollout(api, {}, "untold");
  await eventually(
    () => api.get(`/v1/rollouts/${name}`),
    ({ body }) => body.counts.Running === 1,
  );
  const ann = { "x-portolan-actor": "ann@desk" };
  expect((await api.post(`/v1/rollouts/${name}/pause`, { reason: "lunch" }, ann)).status).toBe(200);
  expect((await api.post(`/v1/rollouts/${name}/resume`, { reason: "fed" }, ann)).status).toBe(200);
  expect((await api.post(`/v1/rollouts/${name}/pause`, { reason: "tea" }, ann)).status).toBe(200);
  await mute.stop();

  isDown = false;
  const actions = async (of: Hub): Promise<string[]> => {
    const { body } = await new TestHub(of).get(`/v1/audit?rollout=${name}`);
    return (body.items ?? []).map(({ action, actor }: { action: string; actor: string }) => `${action} ${actor}`).toReversed();
  };
  const next = await start();
  const expected = [
    "RolloutApplied anonymous",
    "RolloutChecked system:hub",
    "RolloutStarted anonymous",
    "WaveStarted system:hub",
    "RolloutPaused ann@desk",
    "RolloutResumed ann@desk",
    "RolloutPaused ann@desk",
    expect.stringMatching(/^TargetSent /u),
  ];
  expect(
    await eventually(
      () => actions(next),
      ({ length }) => length >= expected.length,
      10_000,
    ),
  ).toEqual(expected);
  aheadMs += 31_000;
  await eventually(
    () => actions(next),
    (found) => found.filter((entry) => entry.startsWith("WebhookSettled")).length === 2,
  );
  expect(told).toEqual(["rollout.started", "rollout.paused"]);

  // Another one finds nothing to tell.
  const [recorded, last] = [await actions(next), await start()];
  aheadMs += 31_000;
  await sleep(1_500);
  expect(await actions(last)).toEqual(recorded);
  expect(told).toHaveLength(2);
}, 30_000);
