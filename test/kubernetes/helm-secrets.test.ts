/** The secrets of a service that is deployed from a chart: whatever its templates make of them is told to nobody. */
import { valueAt } from "@portolan/agent/fields";
import { KubeClient } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig } from "@portolan/agent/kube/kubeconfig";
import { API_VERSION, asServiceInstance, type ServiceInstance } from "@portolan/agent/resources";
import type { Installer } from "@portolan/shared/catalog";
import { canonicalJson, sha256Hex } from "@portolan/shared/json";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { catalog, installer, service } from "../integration/agent/catalog.ts";
import { condition, eventually, isReady } from "../integration/agent/harness.ts";
import { digestsIn, guess, LogLines, published, recordMetrics, recordWrites } from "../integration/agent/published.ts";
import { startInnerAgent } from "../testbed/fleet/inner-agent.ts";
import { packageTemplates } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";

const WITHIN_MS = 30_000;
const PLANTED = "Hunter2secret";

/** What the templates of the versions that fail say. */
const FAILING = {
  "2.0.0": '{{ fail (printf "bad <%s>" .Values.pin) }}',
  "3.0.0": '{{ fail (printf "bad <%s>" (.Values.pin | upper)) }}',
  "4.0.0": '{{ fail (printf "bad <%s>" (printf "admin:%s" .Values.pin | b64enc)) }}',
  "5.0.0": '{{ fail (printf "bad <%s>" (.Values.pin | sha256sum)) }}',
  "6.0.0": '{{ required (printf "bad <%s>" (.Values.pin | lower)) .Values.none }}',
  "7.0.0": "a: {{ .Values.pin | upper | int64 | mustRegexMatch (.Values.pin | upper | printf `(%s`) }}",
} as const;

describeHelm("the secrets of a service that is deployed from a chart", (helm) => {
  let controlPlane: ControlPlane;
  let kube: KubeClient;
  const logs = new LogLines();
  const { metrics, said } = recordMetrics();
  let writes: readonly string[];
  const undo: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    controlPlane = await startControlPlane({ name: "helm-secrets" });
    undo.push(async () => await controlPlane.stop());
    const dir = await mkdtemp(join(tmpdir(), "portolan-helm-secrets-"));
    undo.push(async () => await rm(dir, { recursive: true }));
    const charts = join(dir, "charts");
    await mkdir(charts);
    const versions: Installer[] = [];
    const works = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "{{ .Release.Name }}-pin" },
      stringData: { pin: "{{ .Values.pin }}" },
    };
    for (const [version, content] of Object.entries({ "1.0.0": works, ...FAILING })) {
      const { digest } = await packageTemplates(helm(), { name: "doors", version, templates: { "pin.yaml": content }, into: charts });
      const deployer = { type: "helm", chart: `file://${charts}#doors`, chartVersion: version, digest } as const;
      versions.push(installer(version, [], { deployer, values: { pin: "${secrets.door.pin}" } }));
    }
    const connection = kubeConfigTransport(await loadKubeConfig({ file: controlPlane.kubeconfigPath }));
    undo.push(async () => await connection.close());
    kube = new KubeClient({ transport: connection.transport });
    const doors = (installers: readonly Installer[]) =>
      service("doors", { secrets: [{ name: "door", description: "", keys: ["pin"], optional: false }], installers });
    undo.push(
      await startInnerAgent(controlPlane, {
        catalog: catalog(doors(versions)),
        // No other version can be rendered.
        rights: [doors(versions.slice(0, 1))],
        logger: logs.logger,
        metrics,
        helm: { program: helm(), dir },
        over: (transport) => {
          const recorded = recordWrites(transport);
          ({ writes } = recorded);
          return recorded.transport;
        },
      }),
    );
  });

  afterAll(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  });

  const ref = (name: string) => ({ apiVersion: API_VERSION, kind: "ServiceInstance", namespace: name, name });
  const read = async (name: string): Promise<ServiceInstance> =>
    asServiceInstance((await kube.get(ref(name))) ?? { ...ref(name), metadata: { name } });
  const keep = async (namespace: string, name: string, pin: string): Promise<void> => {
    const data = { pin: Buffer.from(pin).toString("base64") };
    await kube.apply({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data }, { fieldManager: "test" });
  };
  /** Each in a namespace of its own, with the Secret beside it. */
  const create = async (name: string, version: string, pin: string): Promise<void> => {
    await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await keep(name, "door", pin);
    const spec = { service: "doors", version, secretRefs: [{ name: "door", secretName: "door" }] };
    await kube.create({ apiVersion: API_VERSION, kind: "ServiceInstance", metadata: { name, namespace: name }, spec });
  };
  const untilReady = (name: string) => eventually(async () => isReady(await read(name), "1.0.0"), `${name} is Ready`, WITHIN_MS);
  /** The words with which an instance rests. */
  const refusal = async (name: string): Promise<string> => {
    const told = async () => condition(await read(name), "Stalled") ?? condition(await read(name), "Ready");
    await eventually(async () => (await told())?.message.includes("pin.yaml") === true, `${name} is refused`, WITHIN_MS);
    return (await told())?.message ?? "";
  };
  /** It is used, changed, and refused by every template that fails. */
  const live = async (name: string, first: string, later: string): Promise<void> => {
    await create(name, "1.0.0", first);
    await untilReady(name);
    await keep(name, "door", later);
    const copy = { apiVersion: "v1", kind: "Secret", namespace: name, name: `${name}-pin` };
    const used = async () => valueAt(await kube.get(copy), "data", "pin");
    await eventually(async () => (await used()) === Buffer.from(later).toString("base64"), `${name} uses the later one`, WITHIN_MS);
    for (const version of Object.keys(FAILING)) {
      const failing = `${name}-${version.slice(0, 1)}`;
      await create(failing, version, later);
      expect(await refusal(failing)).toContain("doors/templates/pin.yaml:1");
    }
  };

  it("is told neither as it is nor as a template has written it: a failing one is told by its place", async () => {
    await live("planted", "an earlier value", PLANTED);
    const text = await published({ kube }, { logs, writes, metrics: said });
    const written = [PLANTED, PLANTED.toUpperCase(), PLANTED.toLowerCase(), sha256Hex(PLANTED), "an earlier value"];
    for (const form of [...written, ...[PLANTED, `admin:${PLANTED}`].map((each) => Buffer.from(each).toString("base64").slice(0, 10))]) {
      expect(text).not.toContain(form);
    }
  });

  it("cannot be guessed from any digest, where it is a PIN of four digits", async () => {
    const [pin, later] = ["4831", "7302"];
    await live("numbers", pin, later);
    const text = await published({ kube }, { logs, writes, metrics: said });
    const candidates = Array.from({ length: 10_000 }, (_, index) => String(index).padStart(4, "0"));
    const textsWith = (each: string): readonly string[] => [
      each,
      Buffer.from(each).toString("base64"),
      ...[{ pin: each }, { door: { pin: each } }, { values: { pin: each } }, { secrets: { door: { pin: each } } }].flatMap((object) => [
        canonicalJson(object),
        JSON.stringify(object),
      ]),
    ];
    expect(guess(digestsIn(text), candidates, textsWith)).toEqual([]);
    expect(guess(digestsIn(`${text} ${sha256Hex(later)}`), candidates, textsWith)).toEqual([later]);
  });
});
