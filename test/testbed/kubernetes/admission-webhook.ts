/** An admission webhook on this machine, with the certificate that the API server made for itself. */
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { listAt, stringAt } from "@portolan/agent/fields";
import type { JsonPatchOperation } from "@portolan/agent/kube";
import { z } from "zod";
import type { ControlPlane } from "./control-plane.ts";

/** What one webhook of the API server is asked about, and in which namespace. */
export interface WebhookScope {
  /** Of the configuration; the webhook is `<name>.portolan.test`. */
  readonly name: string;
  readonly namespace: string;
  /** Default: the core group. */
  readonly group?: string;
  readonly resource: string;
  readonly operations: readonly ("CREATE" | "UPDATE")[];
}

/** The configuration that has a webhook asked, as an object to apply. It must answer within a second. */
export function webhookConfiguration(
  { clientConfig, kind }: AdmissionWebhook,
  { name, namespace, group = "", resource, operations }: WebhookScope,
): object {
  const webhook = {
    name: `${name}.portolan.test`,
    clientConfig,
    rules: [{ apiGroups: [group], apiVersions: ["v1"], operations, resources: [resource] }],
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    failurePolicy: "Fail",
    sideEffects: "None",
    timeoutSeconds: 1,
    admissionReviewVersions: ["v1"],
  };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name },
    webhooks: [webhook],
  };
}

export interface AdmissionWebhook {
  readonly kind: "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration";
  /** As its configuration names it. */
  readonly clientConfig: { readonly url: string; readonly caBundle: string };
  stop(): void;
}

const reviewSchema = z.object({ request: z.object({ uid: z.string(), object: z.unknown() }) });

/** What a webhook does: it never answers, refuses everything in these words, or patches objects. */
export type WebhookAnswer = "hang" | { readonly refuse: string } | { readonly patch: (object: unknown) => readonly JsonPatchOperation[] };

export async function startAdmissionWebhook(
  { dir, caCertificate }: Pick<ControlPlane, "dir" | "caCertificate">,
  answer: WebhookAnswer,
): Promise<AdmissionWebhook> {
  const key = await readFile(join(dir, "certificates", "apiserver.key"));
  const server = createServer({ key, cert: caCertificate }, (request, response) => {
    if (answer === "hang") return;
    void reply(request, response, answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    kind: typeof answer === "object" && "patch" in answer ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration",
    clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(caCertificate).toString("base64") },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function reply(request: IncomingMessage, response: ServerResponse, answer: Exclude<WebhookAnswer, "hang">): Promise<void> {
  const { uid, object } = reviewSchema.parse(JSON.parse(await text(request))).request;
  const review =
    "refuse" in answer
      ? { uid, allowed: false, status: { code: 403, message: answer.refuse } }
      : { uid, allowed: true, patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(answer.patch(object))).toString("base64") };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: review }));
}

/** Puts a container beside the others of a workload, as injectors do, unless it is there. */
export function injectContainer(name: string): { readonly patch: (object: unknown) => readonly JsonPatchOperation[] } {
  const container = { name, image: `example.org/${name}:1` };
  return {
    patch: (object) => {
      const isThere = listAt(object, "spec", "template", "spec", "containers").some((each) => stringAt(each, "name") === name);
      return isThere ? [] : [{ op: "add", path: "/spec/template/spec/containers/-", value: container }];
    },
  };
}
