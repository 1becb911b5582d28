import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openApiText } from "./text.ts";

describe("docs/reference/openapi.json", () => {
  it("is what the hub's routes say now (npm run generate)", () => {
    expect(readFileSync(join(import.meta.dirname, "../../docs/reference/openapi.json"), "utf8")).toBe(openApiText());
  });
});
