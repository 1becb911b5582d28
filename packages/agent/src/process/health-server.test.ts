import { Counter, Registry } from "prom-client";
import { expect, it } from "vitest";
import { startHealthServer } from "./health-server.ts";

it("tells whether the agent lives, whether it is ready, and what it counts; and a second one says that the port is taken", async () => {
  const registry = new Registry();
  new Counter({ name: "turns_total", help: "turns", registers: [registry] }).inc();
  let ready = false;
  let stuck: string | undefined;
  const server = await startHealthServer({ host: "127.0.0.1", port: 0, stuck: () => stuck, ready: () => ready, registry });
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const get = async (path: string): Promise<readonly [number, string]> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.text()];
  };
  expect(await get("/livez")).toEqual([200, "ok\n"]);
  stuck = "a reconcile has been running for 61 minutes";
  expect(await get("/livez")).toEqual([503, "a reconcile has been running for 61 minutes\n"]);
  expect((await get("/readyz"))[0]).toBe(503);
  ready = true;
  expect(await get("/readyz")).toEqual([200, "ok\n"]);
  expect((await get("/metrics"))[1]).toContain("turns_total 1");
  expect((await get("/other"))[0]).toBe(404);
  await expect(startHealthServer({ host: "127.0.0.1", port, stuck: () => undefined, ready: () => true, registry })).rejects.toMatchObject({
    code: "PortInUse",
    message: `expected a free port in --listen, but 127.0.0.1:${port} is in use`,
  });
  server.close();
});
