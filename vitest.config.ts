import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { TallyReporter } from "./scripts/tally/reporter.ts";

/** Where a record of every finished file goes; continuous integration counts them. */
const reportFile = process.env["PORTOLAN_TEST_REPORT"];

// Every worker, agent and hub of the tests loads the same code: it is compiled once.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled");

/** Node loads what is tested as it does in earnest, from its cache; only the tests themselves are transformed. */
const server = { deps: { external: [/\/packages\/[^/]+\/src\//u] } };

export default defineConfig({
  test: {
    reporters: reportFile === undefined ? ["default"] : ["default", new TallyReporter(reportFile)],
    // Three more than the cores of a small machine: the tests that talk to servers wait more than they compute. (By default there is one worker less.)
    maxWorkers: Math.max(5, availableParallelism()),
    projects: [
      {
        // Pure code beside its source; no server is started.
        test: {
          name: "unit",
          // Pure code leaves nothing behind, and most of the time would go into loading it anew for each file.
          isolate: false,
          include: ["packages/*/src/**/*.test.ts", "scripts/**/*.test.ts", "bench/**/*.test.ts", "test/catalog/**/*.test.ts"],
          // Properties compute: on a busy machine some of them take many seconds.
          testTimeout: 30_000,
        },
      },
      {
        // Real NATS and the embedded Kubernetes API.
        test: {
          name: "integration",
          server,
          include: ["test/{integration,contract,demo}/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // The same servers, and agents and hubs that are killed or stopped at each of their writes: minutes of it.
        test: {
          name: "walks",
          server,
          include: ["test/walks/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Real control planes: one file at a time, they are heavy, and after all others.
        test: {
          name: "kubernetes",
          server,
          include: ["test/kubernetes/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 1_200_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
