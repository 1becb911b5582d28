import { expect, it } from "vitest";
import { applySetId, groupKind } from "./apply-set.ts";

it("an ApplySet has the id that kubectl computes (KEP-3659)", () => {
  // printf 'one.apps.ServiceInstance.portolan.dev' | openssl dgst -sha256 -binary | basenc --base64url | tr -d =
  expect(applySetId({ namespace: "apps", name: "one" })).toBe("applyset-og0R9rMjfGLvXBe0dknspU43gayzpawtdEiEonRJIBw-v1");
});

it.each([
  [{ apiVersion: "v1", kind: "Service" }, "Service"],
  [{ apiVersion: "apps/v1", kind: "Deployment" }, "Deployment.apps"],
  [{ apiVersion: "networking.k8s.io/v1", kind: "Ingress" }, "Ingress.networking.k8s.io"],
])("%j is written as %s", (kind, text) => {
  expect(groupKind(kind)).toBe(text);
});
