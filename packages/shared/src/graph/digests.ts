import type { Installer, Upgrader } from "../catalog/mod.ts";
import { canonicalJson, sha256Hex } from "../json/mod.ts";

/**
 * Definitions are immutable and shared by all graphs, and their texts are long (manifests): each is hashed once in its life.
 */
const installers = new WeakMap<Installer, string>();
const upgraders = new WeakMap<Upgrader, string>();

/** SHA-256 over what installing the version does. A retraction changes nothing in it: a version already on the way stays what it was. */
export function installerDigest(installer: Installer): string {
  const known = installers.get(installer);
  if (known !== undefined) return known;
  const { retracted: _retraction, ...content } = installer;
  const digest = sha256Hex(canonicalJson(content));
  installers.set(installer, digest);
  return digest;
}

/**
 * SHA-256 over what the upgrader does: its name, direction, hooks and flags. Not its ranges and cost, which only decide whether it is
 * taken, and not its risks, which stand in the plan's hash as far as they apply.
 */
export function upgraderDigest(upgrader: Upgrader): string {
  const known = upgraders.get(upgrader);
  if (known !== undefined) return known;
  const { name, direction, before, after, disruptive, irreversible } = upgrader;
  const digest = sha256Hex(canonicalJson({ name, direction, before, after, disruptive, irreversible }));
  upgraders.set(upgrader, digest);
  return digest;
}
