import { describe, expect, it } from "vitest";
import { configure, UsageError } from "./config.ts";

describe("configure", () => {
  it("has defaults for everything", () => {
    expect(configure([], {})).toEqual({
      servers: ["nats://127.0.0.1:4222"],
      credentialsFile: undefined,
      host: "127.0.0.1",
      port: 8640,
      signingKeyFile: "portolan-hub.pem",
      rolesFile: undefined,
      webhooksFile: undefined,
      logLevel: "info",
    });
  });

  it("prefers the command line to the environment", () => {
    const env = { PORTOLAN_NATS: "nats://a:1, nats://b:2", PORTOLAN_LISTEN: "0.0.0.0:80", PORTOLAN_SIGNING_KEY: "/keys/hub.pem" };
    expect(configure(["--listen", ":0"], env)).toMatchObject({
      servers: ["nats://a:1", "nats://b:2"],
      host: "127.0.0.1",
      port: 0,
      signingKeyFile: "/keys/hub.pem",
    });
  });

  it("knows IPv6", () => {
    expect(configure(["--listen", "[::1]:99"], {})).toMatchObject({ host: "::1", port: 99 });
  });

  it.each([["--listen", "nowhere"], ["--listen", "a:99999"], ["--log-level", "loud"], ["--unknown"], ["extra"], ["--nats"]])(
    "refuses %s %s",
    (...args) => {
      expect(() => configure(args, {})).toThrow(UsageError);
    },
  );

  it("gives help", () => {
    expect(configure(["--help"], {})).toBe("help");
  });
});
