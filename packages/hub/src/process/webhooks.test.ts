import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readWebhooks } from "./webhooks.ts";

const SECRET = "a secret of at least 24 bytes";

describe("readWebhooks", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portolan-webhooks-"));
    await writeFile(join(folder, "secret"), `${SECRET}\n`);
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function read(content: unknown, env: NodeJS.ProcessEnv = {}) {
    const file = join(folder, "webhooks.json");
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    return readWebhooks(file, env);
  }

  it("takes secrets from files beside it and from the environment, in both forms", async () => {
    const encoded = `whsec_${Buffer.from(SECRET).toString("base64")}`;
    const found = await read(
      {
        webhooks: [
          { url: "https://a.example/x", secretFile: "secret" },
          { url: "http://b.example", secretEnv: "HOOK", events: ["rollout.failed"] },
        ],
      },
      { HOOK: encoded },
    );
    expect(found).toEqual([
      { url: "https://a.example/x", secret: Buffer.from(SECRET) },
      { url: "http://b.example", secret: Buffer.from(SECRET), events: ["rollout.failed"] },
    ]);
  });

  it.each([
    ["no JSON", "{"],
    ["no URL", { webhooks: [{ url: "example", secretFile: "secret" }] }],
    ["another protocol", { webhooks: [{ url: "ftp://example", secretFile: "secret" }] }],
    ["no secret", { webhooks: [{ url: "https://a.example" }] }],
    ["two secrets", { webhooks: [{ url: "https://a.example", secretFile: "secret", secretEnv: "HOOK" }] }],
    ["a secret that is not there", { webhooks: [{ url: "https://a.example", secretEnv: "NOTHING" }] }],
    ["a file that is not there", { webhooks: [{ url: "https://a.example", secretFile: "nothing" }] }],
    ["an unknown event", { webhooks: [{ url: "https://a.example", secretFile: "secret", events: ["rollout.lost"] }] }],
    ["an unknown member", { webhooks: [{ url: "https://a.example", secretFile: "secret", secret: "x" }] }],
  ])("refuses %s", async (_what, content) => {
    await expect(read(content)).rejects.toMatchObject({ code: "SettingsUnusable", message: expect.stringContaining("webhooks.json: ") });
  });

  it("refuses a short secret without showing it", async () => {
    const error = await read({ webhooks: [{ url: "https://a.example", secretEnv: "HOOK" }] }, { HOOK: "too-short" }).catch(String);
    expect(error).toContain("/webhooks/0: the secret has 9 bytes");
    expect(error).not.toContain("too-short");
  });
});
