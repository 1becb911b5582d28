/** What an action of an operation gets to work with, and what it says of itself. */
import type { JsonObject } from "@portolan/shared/catalog";
import type { Scope } from "@portolan/shared/expression";
import { describeRef, isNoKindMatch, type KubeClient, type KubeObject, type ObjectRef } from "../kube/mod.ts";
import { accountUser, type Operation, type RecordedObject, type ServiceInstance } from "../resources/mod.ts";

export interface ActionContext {
  /** For all that is done to the service: with the rights of the instance's account, where it names one. */
  readonly kube: KubeClient;
  /** With the agent's own rights: for the instance itself, what is kept for it, and to find by its label what is a part of it. */
  readonly own: KubeClient;
  readonly instance: ServiceInstance;
  /** Id of the instance's ApplySet; the value of the label by which its objects are found. */
  readonly applySetId: string;
  readonly targetNamespace: string;
  /** What templates and CEL may use: `config`, `values`, `secrets`, `cluster`, `release`. */
  readonly scope: Scope;
  /** The effective values of the version; they may hold secrets. */
  readonly values: JsonObject;
  /** The content of the referenced secrets, which no message may hold. */
  readonly secrets: { readonly [name: string]: { readonly [key: string]: string } };
  readonly operation: Operation;
  /** Objects of this kind are going to be made: their changes must be seen. */
  readonly watchKind: (apiVersion: string, kind: string) => void;
}

/** The client for all that is done to an instance's service. The one place where it is chosen whose rights that takes. */
export function serviceClient(own: KubeClient, instance: ServiceInstance): KubeClient {
  const user = accountUser(instance);
  return user === undefined ? own : own.impersonating(user);
}

/** How far an action has come. Actions never block: what takes time says what it waits for and is asked again. */
export type Outcome =
  | { readonly state: "done"; readonly object: string }
  | { readonly state: "waiting"; readonly message: string }
  /** To be written to the cursor before the action goes on. */
  | { readonly state: "record"; readonly objects: readonly RecordedObject[] }
  /** It will not succeed by trying again. */
  | { readonly state: "failed"; readonly reason: string; readonly message: string };

/** `Deployment default/web`: how events and histories name an object. */
export function objectName(ref: ObjectRef): string {
  return ref.namespace === undefined ? `${ref.kind} ${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`;
}

/** The same with the API version, for messages. */
export const fullName = describeRef;

/** A reference whose namespace is the target namespace when none is named and the kind has one. */
export async function locate(
  { kube, targetNamespace }: Pick<ActionContext, "kube" | "targetNamespace">,
  target: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly namespace?: string },
): Promise<ObjectRef> {
  const { namespaced } = await kube.resourceFor(target.apiVersion, target.kind);
  const { apiVersion, kind, name } = target;
  return namespaced ? { apiVersion, kind, name, namespace: target.namespace ?? targetNamespace } : { apiVersion, kind, name };
}

/** An object with the namespace that it is in; as it is written where its kind is not there, and so the object neither. */
export async function placed(context: Pick<ActionContext, "kube" | "targetNamespace">, object: KubeObject): Promise<KubeObject> {
  const { namespace: written, ...metadata } = object.metadata;
  const namespace = await namespaceOf(context, object).catch((error: unknown) => {
    if (isNoKindMatch(error)) return written;
    throw error;
  });
  return { ...object, metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) } };
}

async function namespaceOf(
  context: Pick<ActionContext, "kube" | "targetNamespace">,
  { apiVersion, kind, metadata: { name, namespace } }: KubeObject,
): Promise<string | undefined> {
  return (await locate(context, { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) })).namespace;
}
