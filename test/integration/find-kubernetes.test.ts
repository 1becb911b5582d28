import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decideSuite } from "../testbed/kubernetes/describe-kubernetes.ts";
import { findKubernetes } from "../testbed/kubernetes/find.ts";
import { getKubernetes } from "../testbed/kubernetes/install.ts";
import { requiredVersion } from "../testbed/kubernetes/modules.ts";

const PROGRAMS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok"];

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-find-kubernetes-"));
  env = { PATH: join(folder, "path"), XDG_CACHE_HOME: join(folder, "cache"), KUBEBUILDER_ASSETS: undefined };
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(path: string, script = ""): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

describe("finding the programs of a control plane", () => {
  it("takes those of KUBEBUILDER_ASSETS when all of them are there", async () => {
    const assets = join(folder, "assets");
    await Promise.all(PROGRAMS.map((name) => program(join(assets, name))));
    const search = await findKubernetes({ env: { ...env, KUBEBUILDER_ASSETS: assets } });
    expect(search).toStrictEqual({ found: Object.fromEntries(PROGRAMS.map((name) => [name, join(assets, name)])) });
  });

  it("says what KUBEBUILDER_ASSETS and the cache lack", async () => {
    const assets = join(folder, "assets");
    await Promise.all(["etcd", "kube-apiserver", "kubectl"].map((name) => program(join(assets, name))));
    expect(await findKubernetes({ env: { ...env, KUBEBUILDER_ASSETS: assets } })).toStrictEqual({
      found: undefined,
      attempts: [
        { place: `KUBEBUILDER_ASSETS (${assets})`, outcome: "lacks kube-controller-manager, kube-scheduler, kwok" },
        { place: `cache (${join(folder, "cache/portolan")})`, outcome: `lacks ${PROGRAMS.join(", ")}` },
      ],
    });
  });
});

describe("finding the programs of another release", () => {
  it("takes none of KUBEBUILDER_ASSETS, which stands for the default release", async () => {
    const assets = join(folder, "assets");
    await Promise.all(PROGRAMS.map((name) => program(join(assets, name))));
    await Promise.all(
      PROGRAMS.filter((name) => name.startsWith("k") && name !== "kwok").map((name) =>
        program(join(folder, "cache/portolan/kubernetes/v1.34.2/bin", name)),
      ),
    );
    const search = await findKubernetes({ release: "v1.34", env: { ...env, KUBEBUILDER_ASSETS: assets } });
    expect(search).toStrictEqual({
      found: undefined,
      attempts: [
        { place: `KUBEBUILDER_ASSETS (${assets})`, outcome: "stands for v1.37, not for v1.34" },
        { place: `cache (${join(folder, "cache/portolan")})`, outcome: "lacks etcd, kwok" },
      ],
    });
  });
});

describe("getting the programs of a control plane", () => {
  // Makes what "go build -o OUTPUT PACKAGE…" would make: one file, or one for each package in a folder.
  const FAKE_GO = `
    echo "$PWD $*" >> "$BUILDS"
    while [ "$1" != "-o" ]; do shift; done
    output=$2; shift 2
    for package in "$@"; do
      case $output in */) file=$output\${package##*/} ;; *) file=$output ;; esac
      echo "#!/bin/sh" > "$file"; /bin/chmod +x "$file"
    done`;

  it("builds them with Go once, by version, and finds them afterwards", async () => {
    await program(join(folder, "path/go"), FAKE_GO);
    const builds = join(folder, "builds");
    const progress: string[] = [];
    const acquisition = { env: { ...env, BUILDS: builds }, onProgress: (line: string) => progress.push(line) };
    const programs = await getKubernetes(acquisition);
    expect(programs["kube-apiserver"]).toBe(join(folder, "cache/portolan/kubernetes/v1.37.2/bin/kube-apiserver"));
    expect(programs.etcd).toBe(join(folder, "cache/portolan/etcd/v3.6.5/bin/etcd"));
    expect(await findKubernetes({ env })).toStrictEqual({ found: programs });
    expect(await getKubernetes(acquisition)).toStrictEqual(programs);
    const commands = (await readFile(builds, "utf8")).trim().split("\n");
    expect(commands).toHaveLength(3);
    expect(commands[0]).toMatch(
      /modules\/v1\.37 build .*-X k8s\.io\/component-base\/version\.gitVersion=v1\.37\.2 .*gitMajor=1 .*gitMinor=37/u,
    );
    expect(progress[0]).toBe("building kube-apiserver, kube-controller-manager, kube-scheduler, kubectl v1.37.2 from source");
  });

  it("names everything that was tried when Go is missing", async () => {
    await expect(getKubernetes({ env })).rejects.toMatchObject({
      code: "KUBERNETES_NOT_FOUND",
      attempts: [
        { place: "KUBEBUILDER_ASSETS", outcome: "not set" },
        { place: `cache (${join(folder, "cache/portolan")})` },
        { place: "go build", outcome: "no go command on PATH; get it from https://go.dev/dl" },
      ],
    });
  });

  it("gives the end of what Go said when a build fails", async () => {
    await program(join(folder, "path/go"), "echo 'no space left on device' >&2; exit 2");
    await expect(getKubernetes({ env })).rejects.toThrow("go build: exit code 2: no space left on device");
  });
});

describe("the version of a required Go module", () => {
  const goMod = [
    "module example.test/m",
    "require k8s.io/kubernetes v1.37.2",
    "require (",
    "\tgo.etcd.io/etcd/server/v3 v3.6.5 // indirect",
    ")",
    "replace (",
    "\tk8s.io/api => k8s.io/api v0.37.2",
    ")",
  ].join("\n");

  it.each([
    ["k8s.io/kubernetes", "v1.37.2"],
    ["go.etcd.io/etcd/server/v3", "v3.6.5"],
    ["k8s.io/api", undefined],
    ["k8s.io/kube", undefined],
  ])("%s is %s", (module, version) => {
    expect(requiredVersion(goMod, module)).toBe(version);
  });
});

describe("a suite that needs a real control plane", () => {
  it.each([
    [true, {}, "run"],
    [true, { CI: "true" }, "run"],
    [false, {}, "skip"],
    [false, { CI: "false" }, "skip"],
    [false, { CI: "true" }, "build first"],
    [false, { PORTOLAN_REQUIRE_KUBERNETES: "1" }, "build first"],
  ] as const)("with one found: %s, and %j, decides: %s", (found, env, decision) => {
    expect(decideSuite({ found, env })).toBe(decision);
  });
});
