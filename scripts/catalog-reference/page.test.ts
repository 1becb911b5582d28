import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadCatalogFolder } from "@portolan/shared/catalog";
import { describe, expect, it } from "vitest";
import { referencePage } from "./page.ts";

const root = join(import.meta.dirname, "../..");

describe("the reference of the catalog", () => {
  it("is what the catalog says now (npm run generate)", async () => {
    const { catalog } = await loadCatalogFolder(join(root, "catalog"));
    expect(readFileSync(join(root, "docs/reference/catalog.md"), "utf8")).toBe(referencePage(catalog));
  });

  it("shows keys with their types and defaults, versions with their retraction, and routes with what they do", () => {
    const page = referencePage({
      services: [
        {
          name: "demo",
          title: "Demo",
          description: "A | demo.",
          scope: "Cluster",
          config: {
            type: "object",
            properties: {
              size: {
                type: "object",
                default: {},
                description: "How large.",
                properties: { pods: { type: "integer", minimum: 1, default: 2, description: "Pods." } },
              },
              mode: { enum: ["fast", "slow"], description: "How." },
              hosts: { type: "array", items: { type: "string" }, description: "Where." },
            },
          },
          examples: [],
          secrets: [{ name: "db", description: "The database's.", keys: ["password"], optional: true }],
          installers: [
            {
              version: "1.0.0",
              kubernetes: ">=1.30",
              requires: [{ service: "dns", range: ">=1" }],
              deployer: { type: "helm", chart: "oci://example.org/demo", chartVersion: "1.0.0" },
              defaults: {},
              values: {},
              health: [],
              retracted: { reason: "broken", url: "https://example.org/why" },
            },
          ],
          upgraders: [
            {
              name: "on",
              direction: "upgrade",
              from: "1.x",
              to: "2.x",
              cost: 1,
              before: [{ name: "gone", timeoutSeconds: 1, action: "migrateStorage", crd: "things.example.org" }],
              after: [],
              disruptive: true,
              irreversible: false,
              risks: [{ id: "loss", message: "things get lost", url: "https://example.org/loss" }],
            },
          ],
        },
      ],
    });
    for (const row of [
      "| `size` | object |  | How large. |",
      "| `size.pods` | integer from 1 | `2` | Pods. |",
      '| `mode` | `"fast"`, `"slow"` |  | How. |',
      "| `hosts` | list of string |  | Where. |",
      "| `db` | `password` | The database's. Optional. |",
      "| 1.0.0 | >=1.30 | dns >=1 | `oci://example.org/demo` 1.0.0 | no | broken ([why](https://example.org/why)) |",
      "| `on` | 1.x | 2.x | interrupts the service; before: `gone` (migrateStorage) | [`loss`](https://example.org/loss): things get lost |",
      "A \\| demo.",
    ])
      expect(page).toContain(row);
  });
});
