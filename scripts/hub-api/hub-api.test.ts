import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hubApiText, TYPES } from "./text.ts";

describe("the types of the command's client", () => {
  it("are what the hub's OpenAPI document says now (npm run generate)", async () => {
    expect(readFileSync(TYPES, "utf8")).toBe(await hubApiText());
  });
});
