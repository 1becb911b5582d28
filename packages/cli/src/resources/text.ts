import { shortDuration } from "../output/mod.ts";

/** Enough of a digest to tell it from others. */
export function shortDigest(digest = ""): string {
  return digest.slice(0, 12);
}

/** `a=b,c=d`, ordered by key. */
export function labelText(labels: { readonly [key: string]: string }): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(",");
}

/** `cluster/namespace/name`: what other commands take for an instance. */
export function instanceText({
  cluster,
  namespace,
  name,
}: {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${cluster}/${namespace}/${name}`;
}

/** `cluster/namespace/name`: as much of it as there is. */
export function objectText(object: {
  readonly cluster?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}): string {
  return [object.cluster, object.namespace, object.name].filter((part) => part !== undefined).join("/");
}

/** How far a cluster's clock is off; absent: it agrees with the fleet's. */
export function clockText(skewMs: number): string | undefined {
  return skewMs === 0 ? undefined : `its clock is ${shortDuration(Math.abs(skewMs))} ${skewMs > 0 ? "ahead of" : "behind"} the fleet's`;
}
