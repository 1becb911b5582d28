import { describe, expect, it } from "vitest";
import { failureOf, pullFailureOf } from "./errors.ts";

describe("what helm prints when it fails", () => {
  it.each([
    [
      'Error: c/templates/cm.yaml:6:15\n  executing "c/templates/cm.yaml" at <.Values.a.b.c>:\n    nil pointer evaluating interface {}.b\n\nUse --debug flag to render out invalid YAML',
      "TemplateFailed",
      true,
    ],
    ["Error: UPGRADE FAILED: execution error at (c/templates/cm.yaml:1:4): pre-upgrade hooks failed before", "TemplateFailed", true],
    ["Error: execution error at (c/templates/cm.yaml:1:4) ***", "TemplateFailed", true],
    ['Error: parse error at (c/templates/cm.yaml:6): unexpected "}" in operand', "TemplateFailed", true],
    [
      "Error: YAML parse error on c/templates/cm.yaml: error converting YAML to JSON: yaml: line 4: did not find expected key",
      "TemplateFailed",
      true,
    ],
    [
      "Error: UPGRADE FAILED: values don't meet the specifications of the schema(s) in the following chart(s):\nweb:\n- at '/a': got string",
      "ValuesRefused",
      true,
    ],
    [
      'Error: UPGRADE FAILED: create: failed to create: Secret "sh.helm.release.v1.web.v1" is invalid: data: Too long: may not be more than 1048576 bytes',
      "ReleaseTooLarge",
      true,
    ],
    [
      "Error: UPGRADE FAILED: pre-upgrade hooks failed: 1 error occurred:\n\t* job web-schema failed: BackoffLimitExceeded",
      "HookFailed",
      true,
    ],
    ["Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress", "ReleaseLocked", false],
    [
      'Error: unable to continue with update: Service "web" in namespace "x" exists and cannot be imported into the current release: invalid ownership metadata',
      "OwnedBySomeoneElse",
      true,
    ],
    [
      'Error: looks like "http://127.0.0.1:1/" is not a valid chart repository or cannot be reached: Get "http://127.0.0.1:1/index.yaml": dial tcp 127.0.0.1:1: connect: connection refused',
      "HelmFailed",
      false,
    ],
    ['Error: UPGRADE FAILED: Deployment.apps "web" is invalid: spec.selector: Invalid value: field is immutable', "ObjectRefused", true],
    ['Error: UPGRADE FAILED: failed calling webhook "x": context deadline exceeded', "HelmFailed", false],
    ["Release web has been cancelled.\nError: UPGRADE FAILED: context canceled", "HelmInterrupted", false],
    ["Error: signal: terminated", "HelmInterrupted", false],
    ["", "HelmFailed", false],
    ['Error: chart "nope" version "1.0.0" not found in http://x repository', "ChartNotFound", true],
    ["Error: something that nobody has seen", "HelmFailed", false],
  ])("%j is %s", (printed, code, lasting) => {
    expect(failureOf("upgrade", printed)).toMatchObject({ code, lasting });
  });

  it.each([
    ['Error: GET "https://r/v2/": response status code 401: Unauthorized', "ChartAccessDenied", true],
    ["Error: failed to fetch https://r/index.yaml : 403 Forbidden", "ChartAccessDenied", true],
    [
      'Error: failed to perform "FetchReference" on source: GET "https://r/v2/web/manifests/9": basic credential not found',
      "ChartAccessDenied",
      true,
    ],
    [
      'Error: Get "https://r/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      "ChartServerUntrusted",
      true,
    ],
    ['Error: Get "https://r/v2/": dial tcp 127.0.0.1:1: connect: connection refused', "ChartUnavailable", false],
    ["Error: https://r/v2/team/web/manifests/9: not found", "ChartNotFound", true],
  ])("in a pull, %j is %s", (printed, code, lasting) => {
    expect(pullFailureOf("web@9", printed)).toMatchObject({ code, lasting, message: expect.stringContaining("web@9") });
  });

  it("is told in one line, with the file and the line of a template, and without helm's own advice", () => {
    expect(
      failureOf("template", "WARNING: old\nError: c/templates/cm.yaml:6:15\n  executing\n\nUse --debug flag to render out invalid YAML\n")
        .message,
    ).toBe("helm template: c/templates/cm.yaml:6:15 executing");
  });

  it("names the cure for a release that is too large, and is never longer than a status can hold", () => {
    const message = failureOf("upgrade", `Error: Request entity too large: limit is 3145728 ${"x".repeat(5_000)}`).message;
    expect(message).toMatch(/a release is kept in one Secret of at most 1 MiB: .*split it/u);
    expect(message.length).toBeLessThan(1_500);
  });
});
