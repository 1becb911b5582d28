import { beforeAll, describe } from "vitest";
import { findKubernetes } from "./find.ts";
import { getKubernetes } from "./install.ts";

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

const search = await findKubernetes();
const decision = decideSuite({ found: search.found !== undefined, env: process.env });
const attempts = search.found === undefined ? search.attempts : [];
// The rule takes this for a suite; name and suite come with the call in describeKubernetes.
// oxlint-disable-next-line vitest/valid-describe-callback
const register = describe.runIf(decision !== "skip");

/** `describe` for a suite that starts real control planes. */
export function describeKubernetes(name: string, suite: () => void): void {
  if (decision === "skip") {
    const tried = attempts.map(({ place, outcome }) => `${place} ${outcome}`).join("; ");
    process.stderr.write(
      `skipped: ${name}: no Kubernetes control plane found (${tried}). To get one: npx node test/testbed/kubernetes/install.ts (about 8 minutes, once)\n`,
    );
  }
  register(name, () => {
    if (decision === "build first") {
      beforeAll(async () => {
        await getKubernetes({ onProgress: (line) => process.stderr.write(`${line}\n`) });
      }, BUILD_TIMEOUT_MS);
    }
    suite();
  });
}
