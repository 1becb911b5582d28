import { describe, expect, it } from "vitest";
import { chartConfig } from "./chart-config.ts";

const digest = `sha256:${"0".repeat(64)}`;

describe("where charts come from", () => {
  it("needs no setting", () => {
    expect(chartConfig({}, { HOME: "/home/me" })).toEqual({
      cache: "/home/me/.cache/portolan-agent",
      mirrors: [],
      digests: new Map(),
      plainHttp: [],
      allowUnpinned: false,
    });
    expect(chartConfig({}, { XDG_CACHE_HOME: "/cache" }).cache).toBe("/cache/portolan-agent");
  });

  it("is read from flags before the environment", () => {
    const environment = {
      PORTOLAN_CHART_CACHE: "/a",
      PORTOLAN_CHART_FOLDER: "/b",
      PORTOLAN_CHART_CA: "/ca.pem",
      PORTOLAN_CHART_PLAIN_HTTP: "registry.local:5000",
      PORTOLAN_CHART_MIRRORS: "oci://ghcr.io=oci://mirror/ghcr, https://x=https://y?a=b",
      PORTOLAN_CHART_DIGESTS: `https://x#web@1.0.0=${digest}`,
      PORTOLAN_ALLOW_UNPINNED_CHARTS: "true",
    };
    expect(chartConfig({}, environment)).toEqual({
      cache: "/a",
      folder: "/b",
      caFile: "/ca.pem",
      mirrors: [
        { from: "oci://ghcr.io", to: "oci://mirror/ghcr" },
        { from: "https://x", to: "https://y?a=b" },
      ],
      digests: new Map([["https://x#web@1.0.0", digest]]),
      plainHttp: ["registry.local:5000"],
      allowUnpinned: true,
    });
    expect(chartConfig({ "chart-cache": "/c", "chart-mirror": ["a=b"], "chart-digest": [] }, environment)).toMatchObject({
      cache: "/c",
      mirrors: [{ from: "a", to: "b" }],
      digests: new Map(),
    });
    expect(chartConfig({ "allow-unpinned-charts": false }, environment).allowUnpinned).toBe(false);
  });

  it.each([
    [{ "chart-mirror": ["oci://ghcr.io"] }, "FROM=TO"],
    [{ "chart-mirror": ["=x"] }, "FROM=TO"],
    [{ "chart-digest": ["web@1.0.0=sha256:short"] }, "CHART@VERSION=sha256"],
    [{ "chart-digest": [`web=${digest}`] }, "CHART@VERSION=sha256"],
  ])("refuses %j", (flags, message) => {
    expect(() => chartConfig(flags, {})).toThrow(
      expect.objectContaining({ code: "InvalidConfiguration", message: expect.stringContaining(message) }),
    );
  });
});
