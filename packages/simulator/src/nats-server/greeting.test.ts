import { describe, expect, it } from "vitest";
import { parseGreeting } from "./greeting.ts";

describe("the greeting of a NATS server", () => {
  it("names the server and says whether it has JetStream", () => {
    expect(parseGreeting('INFO {"server_name":"one","jetstream":true,"port":4222}')).toStrictEqual({
      serverName: "one",
      jetstream: true,
    });
    expect(parseGreeting('INFO {"server_name":"two"}')).toStrictEqual({
      serverName: "two",
      jetstream: false,
    });
  });

  it.each(["HTTP/1.1 400 Bad Request", "INFO nothing", "INFO {}", "INFO {broken}"])("is not %j", (line) => {
    expect(parseGreeting(line)).toBeUndefined();
  });
});
