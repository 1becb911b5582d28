import type { Logger } from "pino";
import type { SigningKey } from "@portolan/shared/signing";
import type { WebhookEndpoint } from "../webhooks/mod.ts";

export interface HubOptions {
  /** `nats://host:port`, one or more. */
  readonly servers: string | readonly string[];
  /** Content of a NATS credentials file. */
  readonly credentials?: Uint8Array;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8640; 0 takes a free one. */
  readonly port?: number;
  /** Signs intent documents. */
  readonly signingKey: SigningKey;
  /** Who is told of rollouts. Default: nobody. */
  readonly webhooks?: readonly WebhookEndpoint[];
  /** Names of people by the roles that they have; who approves a wave may need one. */
  readonly roles?: { readonly [role: string]: readonly string[] };
  /** Default: nothing is logged. */
  readonly logger?: Logger;
  /** The hub's own clock. Default: the system's. */
  readonly now?: () => number;
}

export interface Hub {
  /** Of the API. */
  readonly url: string;
  /** Raw 32 bytes, base64: what agents pin. */
  readonly publicKey: string;
  /** Resolves when the fleet view is complete and followed. */
  ready(): Promise<void>;
  /** Ends watchers, lets requests finish, and disconnects. */
  stop(): Promise<void>;
}

/** Something else listens where the hub should. */
export class HubPortInUse extends Error {
  readonly code = "HubPortInUse";

  constructor(host: string, port: number) {
    super(
      `port ${port} of ${host} is in use by another program: end that one, or choose another port (--listen ${host}:0 takes any free one)`,
    );
    this.name = "HubPortInUse";
  }
}
