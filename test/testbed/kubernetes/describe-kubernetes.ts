import { beforeAll, describe } from "vitest";
import { findKubernetes } from "./find.ts";
import { getKubernetes } from "./install.ts";
import { DEFAULT_RELEASE, KUBERNETES_RELEASES, type KubernetesRelease } from "./modules.ts";

const BUILD_TIMEOUT_MS = 40 * 60_000;

/** What becomes of a suite that needs a real control plane. */
export type SuiteDecision = "run" | "build first" | "skip";

/**
 * A suite that is required never skips: without a control plane it is built, and when that is impossible
 * the suite fails. Elsewhere nobody wants to wait for a build that they did not ask for.
 */
export function decideSuite({ found, env }: { readonly found: boolean; readonly env: NodeJS.ProcessEnv }): SuiteDecision {
  if (found) {
    return "run";
  }
  return env["CI"] === "true" || env["PORTOLAN_REQUIRE_KUBERNETES"] === "1" ? "build first" : "skip";
}

const searches = new Map(
  await Promise.all(KUBERNETES_RELEASES.map(async (release) => [release, await findKubernetes({ release })] as const)),
);

/** `describe` for a suite that starts real control planes, of the default release when it names none. */
export function describeKubernetes(name: string, suite: () => void, release: KubernetesRelease = DEFAULT_RELEASE): void {
  const search = searches.get(release);
  const decision = decideSuite({ found: search?.found !== undefined, env: process.env });
  if (decision === "skip") {
    const attempts = search?.found === undefined ? (search?.attempts ?? []) : [];
    const tried = attempts.map(({ place, outcome }) => `${place} ${outcome}`).join("; ");
    process.stderr.write(
      `skipped: ${name}: no Kubernetes ${release} control plane found (${tried}). To get one: npx node test/testbed/kubernetes/install.ts ${release} (about 8 minutes, once)\n`,
    );
  }
  // The rule takes this for a suite; name and suite come with the call.
  // oxlint-disable-next-line vitest/valid-describe-callback
  const register = describe.runIf(decision !== "skip");
  register(name, () => {
    if (decision === "build first") {
      beforeAll(async () => {
        await getKubernetes({ release, onProgress: (line) => process.stderr.write(`${line}\n`) });
      }, BUILD_TIMEOUT_MS);
    }
    suite();
  });
}

/** The same suite on the oldest and on the newest release that is supported. */
export function describeEveryKubernetes(name: string, suite: (release: KubernetesRelease) => void): void {
  for (const release of KUBERNETES_RELEASES) {
    describeKubernetes(`${name} (Kubernetes ${release})`, () => suite(release), release);
  }
}
