import { dirname, resolve } from "node:path";
import { z } from "zod";
import { WEBHOOK_TYPES, type WebhookEndpoint } from "../webhooks/mod.ts";
import { readJsonFile, readSettings, SettingsUnusable } from "./json-file.ts";

const endpointSchema = z
  .strictObject({
    url: z.url({ protocol: /^https?$/u }),
    secretFile: z.string().min(1).optional(),
    secretEnv: z.string().min(1).optional(),
    events: z.array(z.enum(WEBHOOK_TYPES)).min(1).optional(),
  })
  .refine(({ secretFile, secretEnv }) => (secretFile === undefined) !== (secretEnv === undefined), {
    message: "expected one of secretFile and secretEnv",
  });

const fileSchema = z.strictObject({ webhooks: z.array(endpointSchema).max(32) });

const SECRET_PREFIX = "whsec_";
/** What Standard Webhooks asks for. */
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

/**
 * Reads `{"webhooks": [{"url", "secretFile" or "secretEnv", "events"?}]}`. Files of secrets are relative to it.
 *
 * @throws SettingsUnusable, which never holds a secret
 */
export async function readWebhooks(file: string, env: NodeJS.ProcessEnv): Promise<WebhookEndpoint[]> {
  const { webhooks } = await readJsonFile(file, fileSchema);
  return Promise.all(
    webhooks.map(async ({ url, secretFile, secretEnv, events }, index) => {
      const where = `/webhooks/${index}`;
      const text = secretFile === undefined ? env[secretEnv ?? ""] : await readSettings(resolve(dirname(file), secretFile), file);
      if (text === undefined) {
        throw new SettingsUnusable(file, `${where}: the environment has no ${secretEnv}`);
      }
      const secret = secretOf(text.trim());
      if (secret.length < MIN_SECRET_BYTES || secret.length > MAX_SECRET_BYTES) {
        const expected = `expected ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes, as ${SECRET_PREFIX}<base64> or as they are`;
        throw new SettingsUnusable(file, `${where}: the secret has ${secret.length} bytes; ${expected}`);
      }
      return { url, secret, ...(events === undefined ? {} : { events }) };
    }),
  );
}

/** A secret in the form of Standard Webhooks, or as it is. */
function secretOf(text: string): Uint8Array {
  return text.startsWith(SECRET_PREFIX) ? Buffer.from(text.slice(SECRET_PREFIX.length), "base64") : Buffer.from(text);
}
