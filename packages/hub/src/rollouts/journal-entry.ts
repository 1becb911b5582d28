import { z } from "zod";

const journalEntry = z.object({
  /** Made of what was decided: who decides the same again tells it under the same id. */
  id: z.string(),
  /** In PascalCase, as `RolloutStarted`. */
  action: z.string(),
  atMs: z.number(),
  /** Absent: the hub itself. */
  actor: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  before: z.json().exactOptional(),
  after: z.json().exactOptional(),
});

/**
 * What was decided about a rollout as a whole, oldest first. It is stored in one record with what was decided, so that a hub that is
 * killed before it could tell anybody leaves it to the next one to tell.
 */
export const journalSchema = z.array(journalEntry).readonly();
export type JournalEntry = z.infer<typeof journalEntry>;
