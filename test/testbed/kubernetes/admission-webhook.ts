/** An admission webhook on this machine, with the certificate that the API server made for itself. */
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { z } from "zod";
import type { ControlPlane } from "./control-plane.ts";

/** What one webhook of the API server is asked about, and in which namespace. */
export interface WebhookScope {
  /** Of the configuration; the webhook is `<name>.portolan.test`. */
  readonly name: string;
  readonly namespace: string;
  /** In the core group. */
  readonly resource: string;
  readonly operations: readonly ("CREATE" | "UPDATE")[];
}

/** The configuration that has a webhook asked, as an object to apply. It must answer within a second. */
export function webhookConfiguration({ clientConfig }: AdmissionWebhook, { name, namespace, resource, operations }: WebhookScope): object {
  const webhook = {
    name: `${name}.portolan.test`,
    clientConfig,
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations, resources: [resource] }],
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    failurePolicy: "Fail",
    sideEffects: "None",
    timeoutSeconds: 1,
    admissionReviewVersions: ["v1"],
  };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name },
    webhooks: [webhook],
  };
}

export interface AdmissionWebhook {
  /** As a ValidatingWebhookConfiguration names it. */
  readonly clientConfig: { readonly url: string; readonly caBundle: string };
  stop(): void;
}

const reviewSchema = z.object({ request: z.object({ uid: z.string() }) });

/** @param answer "hang" never answers; else everything is refused in these words */
export async function startAdmissionWebhook(
  { dir, caCertificate }: Pick<ControlPlane, "dir" | "caCertificate">,
  answer: "hang" | { readonly refuse: string },
): Promise<AdmissionWebhook> {
  const key = await readFile(join(dir, "certificates", "apiserver.key"));
  const server = createServer({ key, cert: caCertificate }, (request, response) => {
    if (answer === "hang") return;
    void refuse(request, response, answer.refuse);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(caCertificate).toString("base64") },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function refuse(request: IncomingMessage, response: ServerResponse, message: string): Promise<void> {
  const { uid } = reviewSchema.parse(JSON.parse(await text(request))).request;
  const review = { uid, allowed: false, status: { code: 403, message } };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: review }));
}
