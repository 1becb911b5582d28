import { describe } from "vitest";
import { findHelm } from "../../testbed/helm/find.ts";
import { decideSuite } from "../../testbed/kubernetes/describe-kubernetes.ts";
import { findKubernetes } from "../../testbed/kubernetes/find.ts";
import type { Clients } from "./run-script.ts";

const { found: programs } = await findKubernetes();
const helm = await findHelm();
const missing = [...(programs === undefined ? ["kubectl"] : []), ...(helm === undefined ? ["helm"] : [])];
const decision = decideSuite({ found: missing.length === 0, env: process.env });

// The rule takes this for a suite; name and suite come with the call in describeClients.
// oxlint-disable-next-line vitest/valid-describe-callback
const register = describe.runIf(decision !== "skip");

/** `describe` for a suite that runs the kubectl and the helm of the test bed. Where they are required and missing, its tests fail. */
export function describeClients(name: string, suite: (clients: Omit<Clients, "kubeconfig">) => void): void {
  if (missing.length > 0) {
    process.stderr.write(
      `${decision === "skip" ? "skipped" : "failing"}: ${name}: no ${missing.join(" and no ")} found. To get them: npx node test/testbed/kubernetes/install.ts; npx node test/testbed/helm/install.ts\n`,
    );
  }
  register(name, () => {
    // A program without a path is looked for on PATH, and what cannot be started fails every test.
    suite({ kubectl: programs?.kubectl ?? "kubectl", helm: helm ?? "helm" });
  });
}
