import { subjects } from "@portolan/shared/wire";
import { describe, expect, it } from "vitest";

import { bytes, busTo, connected, disconnected, server, SOON } from "./support.ts";

/** A key pair made for these tests; it opens nothing else. */
const PUBLIC_KEY = "UBZTJZX6GNZPIPI4TMU6D7PJJQN5LIJEJAYHAX6FHWYTIK2262EJAMP7";
const SEED = "SUAG7FVV4KNPJYDTER3I22QCMFOPGZR323FHMRG7Z3PGNJWZJD6JDGG7JM";

/** The form of a credentials file. A server that knows its users by their keys does not look at the JWT. */
const credentials = bytes(
  [
    "-----BEGIN NATS USER JWT-----",
    "not.looked.at",
    "------END NATS USER JWT------",
    "",
    "-----BEGIN USER NKEY SEED-----",
    SEED,
    "------END USER NKEY SEED------",
    "",
  ].join("\n"),
);
const unreadable = bytes("no credentials");

/** An agent's user: its own subjects and its own inboxes, nothing else. */
const agentsOnly = `
authorization {
  users: [
    { nkey: ${PUBLIC_KEY}, permissions: {
      publish: ["${subjects.heartbeat("eu-1")}", "$JS.API.DIRECT.GET.PORTOLAN_INTENTS.${subjects.intent("eu-1")}"]
      subscribe: ["${subjects.intent("eu-1")}", "_INBOX_eu-1.>"]
    } }
    { user: hub, password: hub }
  ]
}`;

describe("credentials", () => {
  it("open the connection, within their permissions", async () => {
    const { url } = await server({ extraConfiguration: agentsOnly });
    const bus = await busTo(url, { credentials, inboxPrefix: "_INBOX_eu-1" });
    // Nobody made the streams here: NoStream tells that the publish was permitted and its answer came back.
    await expect(bus.publishStored(subjects.heartbeat("eu-1"), bytes("1"))).rejects.toMatchObject({ code: "NoStream" });
    await expect(bus.lastMessage("PORTOLAN_INTENTS", subjects.intent("eu-1"))).rejects.toMatchObject({ code: "NoStream" });
    // What is not permitted is refused at once, by name, and not after a timeout.
    const startedAt = performance.now();
    await expect(bus.publishStored(subjects.heartbeat("eu-2"), bytes("1"))).rejects.toMatchObject({
      code: "Rejected",
      message: expect.stringContaining("eu-2"),
    });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(bus.connected).toBe(true);
  });

  it("that are wrong or unreadable do not end the wait for a connection", async () => {
    const errors: string[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: (_fields: object, message: string) => errors.push(message) };
    const { url } = await server({ extraConfiguration: agentsOnly });
    let asked = 0;
    const rotating = (): Uint8Array => (++asked <= 3 ? unreadable : credentials);
    const bus = await busTo(url, { credentials: rotating, inboxPrefix: "_INBOX_eu-1", logger: log });
    expect(bus.connected).toBe(true);
    expect(asked).toBeGreaterThan(3);
    expect(errors).toContain("the NATS credentials cannot be read");
  });

  // The client library gives up for good after two refusals in a row, if one lets it.
  it("that are refused for a while do not end a connection", async () => {
    const nats = await server({ extraConfiguration: agentsOnly });
    let refused = 0;
    let rotated = false;
    const rotating = (): Uint8Array => {
      if (!rotated) return credentials;
      refused += 1;
      return refused <= 4 ? unreadable : credentials;
    };
    const bus = await busTo(nats.url, { credentials: rotating, inboxPrefix: "_INBOX_eu-1" });
    await nats.kill("SIGKILL");
    await disconnected(bus);
    rotated = true;
    await nats.restart();
    await connected(bus);
    expect(refused).toBeGreaterThan(4);
    await expect
      .poll(() => bus.publishStored(subjects.heartbeat("eu-1"), bytes("1")).catch((error: unknown) => error), SOON)
      .toMatchObject({ code: "NoStream" });
  });
});
