import { z } from "zod";
import { readRecord } from "../records/mod.ts";

const deletion = z.object({
  id: z.string(),
  atMs: z.number(),
  actor: z.string(),
  /** In the words of the person. */
  reason: z.string().exactOptional(),
  rollout: z.string(),
  service: z.string(),
  /** The phase in which it was. */
  before: z.string(),
});

/**
 * What is to be told of a rollout that is forgotten. It stands on the mark that its deletion leaves, so that a hub that is killed before it
 * could tell anybody leaves it to the next one to tell.
 */
export type Deletion = z.infer<typeof deletion>;

export function encodeDeletion(said: Deletion): Uint8Array {
  return Buffer.from(JSON.stringify(said));
}

/** Undefined when the bytes are none. */
export function decodeDeletion(note: Uint8Array): Deletion | undefined {
  return readRecord(deletion, note);
}
