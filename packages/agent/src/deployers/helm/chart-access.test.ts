import { describe, expect, it } from "vitest";
import { registryConfig, repositoryCredentials } from "./chart-access.ts";

const secret = (type: string, data: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>> = {}) => ({
  apiVersion: "v1",
  kind: "Secret",
  type,
  metadata: { name: "charts", namespace: "portolan-system", annotations },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
});
const registry = (config: string) => secret("kubernetes.io/dockerconfigjson", { ".dockerconfigjson": config });

describe("registryConfig", () => {
  it("puts the credentials of several Secrets together, and takes no others for some", () => {
    const basic = secret("kubernetes.io/basic-auth", { username: "u", password: "p" });
    const [one, two] = ["a.example.org", "b.example.org"].map((host) => registry(JSON.stringify({ auths: { [host]: { auth: "eDp5" } } })));
    expect(registryConfig([one, two, basic].flatMap((each) => each ?? []))).toEqual({
      auths: { "a.example.org": { auth: "eDp5" }, "b.example.org": { auth: "eDp5" } },
    });
    expect(registryConfig([basic])).toBeUndefined();
  });

  it.each(["{", "7", '{"auth": "eDp5"}', '{"auths": []}', '{"auths": {"a.example.org": "PLANTED"}}'])(
    "says which key of which Secret is wrong, and nothing of what is in it: %s",
    (config) => {
      expect(() => registryConfig([registry(config)])).toThrow(
        expect.objectContaining({
          code: "ChartCredentialsInvalid",
          message: expect.stringMatching(
            /^expected .* in the key \.dockerconfigjson of the Secret portolan-system\/charts, found something else$/u,
          ),
        }),
      );
    },
  );
});

describe("repositoryCredentials", () => {
  it("are those with the longest prefix of the URL", () => {
    const of = (username: string, url: string) =>
      secret("kubernetes.io/basic-auth", { username, password: "p" }, { "portolan.dev/chart-url": url });
    const secrets = [
      of("all", "https://charts.example.org"),
      of("stable", "https://charts.example.org/stable"),
      of("other", "https://other.example.org"),
    ];
    expect(repositoryCredentials(secrets, "https://charts.example.org/stable")?.username).toBe("stable");
    expect(repositoryCredentials(secrets, "https://charts.example.org/edge")?.username).toBe("all");
    expect(repositoryCredentials(secrets, "https://charts.example.org.evil")).toBeUndefined();
  });

  it.each<Readonly<Record<string, string>>>([{}, { username: "u" }, { username: "u", password: "" }, { password: "PLANTED" }])(
    "need a name and a password: %j",
    (data) => {
      const incomplete = secret("kubernetes.io/basic-auth", data, { "portolan.dev/chart-url": "https://charts.example.org" });
      expect(() => repositoryCredentials([incomplete], "https://charts.example.org/web-1.0.0.tgz")).toThrow(
        expect.objectContaining({
          code: "ChartCredentialsInvalid",
          message: "expected the keys username and password in the Secret portolan-system/charts, found one that is empty or missing",
        }),
      );
    },
  );
});
