import { describe, expect, it } from "vitest";
import { renderConfiguration } from "./configuration.ts";

const plain = {
  serverName: "one",
  port: 4222,
  storeDir: "/var/lib/a b",
  syncAlways: false,
  extra: "",
};

describe("the configuration of a nats-server", () => {
  it("listens on the loopback interface only, with JetStream in the store folder", () => {
    expect(renderConfiguration(plain)).toBe(
      [
        'server_name: "one"',
        'host: "127.0.0.1"',
        "port: 4222",
        "max_payload: 1048576",
        "jetstream {",
        '  store_dir: "/var/lib/a b"',
        "}",
        "",
      ].join("\n"),
    );
  });

  it("has no JetStream without a store folder", () => {
    expect(renderConfiguration({ ...plain, storeDir: undefined })).not.toContain("jetstream");
  });

  it("writes every acknowledged message to the disk when told so", () => {
    expect(renderConfiguration({ ...plain, syncAlways: true })).toContain("  sync_interval: always\n");
  });

  it("ends with what the caller adds", () => {
    expect(renderConfiguration({ ...plain, extra: "max_connections: 7" })).toMatch(/\nmax_connections: 7\n$/u);
  });
});
