import type { KubeTransport } from "../kube/mod.ts";
import type { Leadership } from "./leadership.ts";

/** Lets nothing but reads through when the right to act is gone, however long ago the request was made. */
export function fencedTransport(transport: KubeTransport, leadership: Leadership): KubeTransport {
  return async (request) => {
    if (request.method === "GET") return await transport(request);
    const mayBeSent = (): void => {
      leadership.check();
      request.beforeSending?.();
    };
    mayBeSent();
    const signal = request.signal === undefined ? leadership.signal : AbortSignal.any([request.signal, leadership.signal]);
    return await transport({ ...request, signal, beforeSending: mayBeSent });
  };
}
