import { beforeAll, describe } from "vitest";
import { describeKubernetes } from "../kubernetes/describe-kubernetes.ts";
import { findHelm } from "./find.ts";
import { getHelm } from "./install.ts";

const BUILD_TIMEOUT_MS = 15 * 60_000;

const found = await findHelm();
const required = process.env["CI"] === "true" || process.env["PORTOLAN_REQUIRE_KUBERNETES"] === "1";

// The rule takes this for a suite; name and suite come with the call in describeHelm.
// oxlint-disable-next-line vitest/valid-describe-callback, vitest/valid-title
const register = describe.runIf(found !== undefined || required);

/** `describe` for a suite that needs a helm and a real control plane. `helm` gives its path while the suite runs. */
export function describeHelm(name: string, suite: (helm: () => string) => void): void {
  if (found === undefined && !required) {
    process.stderr.write(`skipped: ${name}: no helm found. To get one: npx node test/testbed/helm/install.ts (about 3 minutes, once)\n`);
  }
  let helm = found ?? "";
  register("with helm", () => {
    describeKubernetes(name, () => {
      beforeAll(async () => {
        helm = await getHelm(process.env, (line) => process.stderr.write(`${line}\n`));
      }, BUILD_TIMEOUT_MS);
      suite(() => helm);
    });
  });
}
