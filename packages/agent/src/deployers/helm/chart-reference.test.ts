import { describe, expect, it } from "vitest";
import { mirrored, parseChartReference } from "./chart-reference.ts";

describe("a chart's reference", () => {
  it.each([
    ["oci://ghcr.io/org/web", { kind: "oci", url: "oci://ghcr.io/org/web", name: "web" }],
    ["oci://ghcr.io/org#web", { kind: "oci", url: "oci://ghcr.io/org/web", name: "web" }],
    ["https://charts.example.org/stable#web", { kind: "repository", url: "https://charts.example.org/stable", name: "web" }],
    [
      "https://example.org/dl/web-server-1.2.3.tgz",
      { kind: "archive", url: "https://example.org/dl/web-server-1.2.3.tgz", name: "web-server" },
    ],
    ["file:///charts#web", { kind: "folder", path: "/charts", name: "web" }],
    ["file:///charts/web", { kind: "folder", path: "/charts", name: "web" }],
    ["/charts#web", { kind: "folder", path: "/charts", name: "web" }],
    ["stable#web", { kind: "folder", path: "/own/stable", name: "web" }],
  ])("%s", (chart, expected) => {
    expect(parseChartReference(chart, "/own")).toEqual(expected);
  });

  it.each([
    "https://example.org/charts",
    "ftp://x#y",
    "../up#web",
    "a/../../b#web",
    "oci://x#--flag",
    "https://x#../y",
    "file://relative#x",
    "",
  ])("%j is none", (chart) => {
    expect(() => parseChartReference(chart, "/own")).toThrow(expect.objectContaining({ code: "InvalidChartReference" }));
  });

  it("in a folder of the agent needs that folder", () => {
    expect(() => parseChartReference("stable#web", undefined)).toThrow("--chart-folder");
  });
});

describe("mirrors", () => {
  const mirrors = [
    { from: "oci://ghcr.io", to: "oci://mirror.local/ghcr" },
    { from: "oci://ghcr.io/org", to: "file:///charts" },
    { from: "https://charts.example.org", to: "https://mirror.local/charts" },
  ];

  it.each([
    ["oci://ghcr.io/other/web", "oci://mirror.local/ghcr/other/web"],
    ["oci://ghcr.io/org/web", "file:///charts/web"],
    ["oci://ghcr.io/organisation/web", "oci://mirror.local/ghcr/organisation/web"],
    ["oci://ghcr.io.example.org/web", "oci://ghcr.io.example.org/web"],
    ["https://charts.example.org#web", "https://mirror.local/charts#web"],
    ["https://charts.example.org/a#web", "https://mirror.local/charts/a#web"],
    ["https://elsewhere.example.org#web", "https://elsewhere.example.org#web"],
  ])("%s is taken from %s", (chart, expected) => {
    expect(mirrored(chart, mirrors)).toBe(expected);
  });
});
