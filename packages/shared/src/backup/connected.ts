import { BusError, connectBus, type Bus } from "../bus/mod.ts";
import { BackupError } from "./errors.ts";

export interface BackupSource {
  /** `nats://host:port`, one or more. */
  readonly servers: readonly string[];
  /** Content of a NATS credentials file: of a user that may do what the hub may. */
  readonly credentials?: Uint8Array;
  /** How long to wait for NATS. Default 10,000. */
  readonly timeoutMs?: number;
}

/** @throws {BackupError} NatsUnreachable, NatsFailed, and what `use` throws */
export async function connected<T>({ servers, credentials, timeoutMs = 10_000 }: BackupSource, use: (bus: Bus) => Promise<T>): Promise<T> {
  let bus: Bus | undefined;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    bus = await connectBus({ servers, name: "portolan-backup", signal, ...(credentials === undefined ? {} : { credentials }) });
    return await use(bus);
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    throw error.code === "Aborted"
      ? new BackupError("NatsUnreachable", `NATS at ${servers.join(", ")} did not let us in within ${timeoutMs / 1000} s`, { cause: error })
      : new BackupError("NatsFailed", error.message, { cause: error });
  } finally {
    await bus?.close();
  }
}
