import type { Bus, KeyValueEntry, StoredMessage } from "../bus/mod.ts";
import { BackupError } from "./errors.ts";

/** Every bucket of the hub is called so. */
const BUCKET_PREFIX = "portolan-";
const READ_TIMEOUT_MS = 10 * 60_000;

/** Buckets that hold something for good: those whose entries expire are leases, and mean nothing later. */
export async function hubBuckets(bus: Bus): Promise<string[]> {
  const buckets = await bus.buckets();
  return buckets
    .filter(({ name, ttlMs }) => name.startsWith(BUCKET_PREFIX) && ttlMs === undefined)
    .map(({ name }) => name)
    .sort();
}

export async function recordsOf(bus: Bus, bucket: string): Promise<KeyValueEntry[]> {
  return (await bus.keyValue(bucket)).entries();
}

/** Hands on everything that a stream holds now, in order; nothing when there is no such stream. */
export async function readStream(
  bus: Bus,
  stream: string,
  subjects: readonly string[],
  onMessage: (message: StoredMessage) => void,
): Promise<void> {
  if ((await bus.streamCreated(stream)) === undefined) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = (why: string) => reject(new BackupError("NatsFailed", `stream ${stream} was not read to its end: ${why}`));
  const timer = setTimeout(() => failed(`it takes longer than ${READ_TIMEOUT_MS / 1000} s`), READ_TIMEOUT_MS);
  const follower = bus.follow(stream, {
    subjects,
    start: "all",
    onMessage: (message) => {
      try {
        onMessage(message);
      } catch (error) {
        reject(error);
      }
    },
    onCaughtUp: () => resolve(),
    onReset: () => failed("it was deleted meanwhile"),
  });
  await promise.finally(() => {
    clearTimeout(timer);
    follower.stop();
  });
}
