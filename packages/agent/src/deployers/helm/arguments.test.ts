import { describe, expect, it } from "vitest";
import { pullCommands, templateCommand, uninstallCommand, upgradeCommand } from "./arguments.ts";

const target = { name: "web", namespace: "apps", kubeconfig: "/etc/kubeconfig" };
const request = {
  archive: "/cache/abc.tgz",
  digest: `sha256:${"a".repeat(64)}`,
  values: { password: "hunter2" },
  step: "op.0.x",
  version: "1.0.0+2",
  ignored: "none",
  instanceLabel: "portolan.dev/instance-id",
  instance: "applyset-x-v1",
  description: "Upgrade to 1.0.0",
  timeoutSeconds: 540,
  installsAnew: false,
  postRenderer: [],
};

describe("the command line of helm", () => {
  it("resets values, applies on the server, and waits for hooks alone", () => {
    const { args } = upgradeCommand(target, request);
    expect(args.slice(0, 4)).toEqual(["upgrade", "web", "/cache/abc.tgz", "--install"]);
    expect(args).toEqual(
      expect.arrayContaining([
        "--namespace=apps",
        "--kubeconfig=/etc/kubeconfig",
        "--reset-values",
        "--server-side=true",
        "--wait=hookOnly",
        "--timeout=540s",
      ]),
    );
    expect(args).toContain(
      `--labels=portolan.dev/instance-id=applyset-x-v1,portolan.dev/step=op.0.x,portolan.dev/chart=${"a".repeat(40)},portolan.dev/version=1.0.0_2,portolan.dev/ignored=none`,
    );
    expect(args).not.toContain("--take-ownership");
  });

  it("takes an installation up as one", () => {
    const { name, args } = upgradeCommand(target, { ...request, installsAnew: true });
    expect(name).toBe("install");
    expect(args.slice(0, 4)).toEqual(["install", "web", "/cache/abc.tgz", "--replace"]);
    for (const unknown of ["--install", "--reset-values", "--history-max=10"]) expect(args).not.toContain(unknown);
    expect(args).toEqual(expect.arrayContaining(["--server-side=true", "--force-conflicts", "--wait=hookOnly"]));
  });

  it("holds no value: they are its input", () => {
    for (const command of [upgradeCommand(target, request), templateCommand(target, "/c.tgz", request.values, { tests: false })]) {
      expect(command.input).toBe('{"password":"hunter2"}');
      expect(command.args.join(" ")).not.toContain("hunter2");
    }
  });

  it("impersonates", () => {
    expect(uninstallCommand({ ...target, asUser: "system:serviceaccount:apps:web" }, 9).args).toContain(
      "--kube-as-user=system:serviceaccount:apps:web",
    );
  });

  it("pulls from each kind of place", () => {
    const more = { version: "1.0.0", destination: "/tmp/charts", caFile: "/ca.pem", plainHttp: [], access: {} };
    const [oci] = pullCommands({ kind: "oci", url: "oci://r/web", name: "web" }, { ...more, access: { registryConfig: "/r.json" } });
    expect(oci?.args).toEqual([
      "pull",
      "oci://r/web",
      "--version=1.0.0",
      "--destination=/tmp/charts",
      "--ca-file=/ca.pem",
      "--registry-config=/r.json",
    ]);
    const [plain] = pullCommands({ kind: "oci", url: "oci://r:5000/web", name: "web" }, { ...more, plainHttp: ["r:5000"] });
    expect([plain?.args.includes("--plain-http"), oci?.args.includes("--plain-http")]).toEqual([true, false]);
    expect(pullCommands({ kind: "archive", url: "https://x/web-1.tgz", name: "web" }, more).map(({ args }) => args[1])).toEqual([
      "https://x/web-1.tgz",
    ]);
    const repository = { kind: "repository", url: "https://x", name: "web" } as const;
    expect(pullCommands(repository, more).map(({ args }) => args.slice(0, 4))).toEqual([
      ["pull", "web", "--repo=https://x", "--version=1.0.0"],
    ]);
    const commands = pullCommands(repository, { ...more, access: { repository: { config: "/r.yaml", cache: "/index", name: "private" } } });
    expect(commands.map(({ args }) => args.slice(0, 3))).toEqual([
      ["repo", "update", "private"],
      ["pull", "private/web", "--version=1.0.0"],
    ]);
  });

  it("pulls an archive with credentials from files alone", () => {
    const access = { repository: { config: "/r.yaml", cache: "/index", name: "private" } };
    const more = { version: "1.0.0", destination: "/tmp/charts", caFile: "/ca.pem", plainHttp: [], access };
    expect(pullCommands({ kind: "archive", url: "https://x/web-1.tgz", name: "web" }, more).map(({ args }) => args)).toEqual([
      [
        "pull",
        "https://x/web-1.tgz",
        "--repository-config=/r.yaml",
        "--repository-cache=/index",
        "--destination=/tmp/charts",
        "--ca-file=/ca.pem",
      ],
    ]);
  });
});
