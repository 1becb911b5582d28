import { Command, InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { clustersOption, count, seconds, serverOption } from "./options.ts";

describe("seconds", () => {
  it.each([
    ["90s", 90],
    ["1.5s", 1.5],
    ["10m", 600],
    ["1h30m", 5_400],
    ["1d1h1m1s", 90_061],
  ])("reads %s", (text, expected) => {
    expect(seconds(text)).toBe(expected);
  });

  it.each(["", "10", "0s", "m", "1m1h", "-1s", "1 m", "1e3s", "ten"])("refuses %j", (text) => {
    expect(() => seconds(text)).toThrow(InvalidArgumentError);
  });
});

describe("count", () => {
  it("reads whole numbers from 1 on", () => {
    expect(count("5")).toBe(5);
    for (const text of ["0", "-1", "1.5", "many", "", "Infinity"]) {
      expect(() => count(text)).toThrow(InvalidArgumentError);
    }
  });
});

describe("clustersOption", () => {
  const parse = (...args: string[]): unknown =>
    new Command()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .addOption(clustersOption())
      .parse(args, { from: "user" })
      .opts()["clusters"];

  it("takes names with commas between them, and several times", () => {
    expect(parse("--clusters", "a, b", "--clusters", "c")).toEqual(["a", "b", "c"]);
  });

  it("refuses a name that is empty", () => {
    expect(() => parse("--clusters", "a,,b")).toThrow("names with commas");
  });
});

describe("serverOption", () => {
  const parse = (url: string): unknown =>
    new Command()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .addOption(serverOption())
      .parse(["--server", url], { from: "user" })
      .opts()["server"];

  it("takes http and https, without a slash at the end", () => {
    expect(parse("http://127.0.0.1:8640/")).toBe("http://127.0.0.1:8640");
    expect(parse("https://hub.example.org/portolan/")).toBe("https://hub.example.org/portolan");
  });

  it.each(["127.0.0.1:8640", "ftp://hub", "hub"])("refuses %s", (url) => {
    expect(() => parse(url)).toThrow("Expected a URL");
  });
});
