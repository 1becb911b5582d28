import { createHmac } from "node:crypto";

/** The headers that prove who sends a message and when. */
export interface SignatureHeaders {
  readonly "webhook-id": string;
  /** Seconds since the Unix epoch, of this attempt. */
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

/** Standard Webhooks, symmetric scheme `v1`: HMAC-SHA256 over `id.timestamp.body`, in base64. */
export function signWebhook(secret: Uint8Array, id: string, nowMs: number, body: string): SignatureHeaders {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
