import { describe, expect, it } from "vitest";
import { completeLockedPackages, platformOf, type LockedPackages } from "./complete-lockfile.ts";

describe("completing a lock file", () => {
  it("adds the builds for other platforms beside the package that asks for them", () => {
    const packages: LockedPackages = {
      "": {},
      "node_modules/@tool/linux-x64-gnu": { version: "1.2.3", integrity: "kept" },
      "node_modules/tool": {
        version: "1.2.3",
        dev: true,
        optionalDependencies: { "@tool/darwin-arm64": "1.2.3", "@tool/linux-x64-gnu": "1.2.3", "source-map": "~0.6.1" },
      },
    };
    const complete = completeLockedPackages(packages);
    expect(complete).toStrictEqual({
      ...packages,
      "node_modules/@tool/darwin-arm64": { version: "1.2.3", os: ["darwin"], cpu: ["arm64"], dev: true, optional: true },
    });
    expect(Object.keys(complete)).toStrictEqual([
      "",
      "node_modules/@tool/darwin-arm64",
      "node_modules/@tool/linux-x64-gnu",
      "node_modules/tool",
    ]);
    expect(completeLockedPackages(complete)).toStrictEqual(complete);
  });

  it("keeps two versions apart", () => {
    const wants = (version: string) => ({ version, optionalDependencies: { "@tool/linux-x64-musl": version } });
    const packages = completeLockedPackages({
      "node_modules/tool": wants("2.0.0"),
      "node_modules/user/node_modules/tool": wants("1.0.0"),
      "node_modules/@tool/linux-x64-musl": { version: "1.0.0" },
    });
    const added = { os: ["linux"], cpu: ["x64"], libc: ["musl"], optional: true };
    expect(packages).toMatchObject({ "node_modules/tool/node_modules/@tool/linux-x64-musl": { version: "2.0.0", ...added } });
    expect(Object.keys(packages)).toHaveLength(4);
  });

  it.each([
    ["@oxlint/binding-linux-arm-musleabihf", { os: ["linux"], cpu: ["arm"], libc: ["musl"] }],
    ["@bufbuild/buf-linux-aarch64", { os: ["linux"], cpu: ["arm64"] }],
    ["@oxlint-tsgolint/win32-x64", { os: ["win32"], cpu: ["x64"] }],
    ["source-map", {}],
  ])("knows the platform of %s by its name", (name, platform) => {
    expect(platformOf(name)).toStrictEqual(platform);
  });
});
