import { describe, expect, it } from "vitest";
import { listNearest, nearestFirst } from "./nearest.ts";

describe("nearestFirst", () => {
  it("orders by how little has to be changed, and keeps the order of equals", () => {
    expect(nearestFirst("certificats", ["identity", "certificates", "dns", "certs"])).toEqual(["certificates", "certs", "identity", "dns"]);
    expect(nearestFirst("x", ["b", "a"])).toEqual(["b", "a"]);
  });

  it("does not care about upper and lower case", () => {
    expect(nearestFirst("PROD", ["prob", "prod"])).toEqual(["prod", "prob"]);
  });
});

describe("listNearest", () => {
  it("lists a few, and says how many there are besides", () => {
    const names = Array.from({ length: 11 }, (_, index) => `c${index}`);
    expect(listNearest("c10", names)).toBe("c10, c0, c1, c2, c3, c4, c5, c6 and 3 more");
    expect(listNearest("a", ["b"])).toBe("b");
  });

  it("says that there is none", () => {
    expect(listNearest("a", [])).toBe("none");
  });
});
