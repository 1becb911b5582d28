/**
 * Tells other systems by HTTP what happens to rollouts: signed as Standard Webhooks says (https://www.standardwebhooks.com), tried
 * again with growing pauses. It holds up nobody: what cannot be delivered is given up, counted and logged.
 */
export { WEBHOOK_TYPES, type WebhookEndpoint, type WebhookEvent, type WebhookType } from "./model.ts";
export { Webhooks, type WebhooksOptions } from "./webhooks.ts";
