/**
 * What people type at a cluster, with the real kubectl and the real helm. The embedded API must make them print what a real cluster
 * makes them print, which `golden.json` keeps.
 *
 * `<ns>` is the script's own namespace, which is also part of the names of what belongs to no namespace.
 */
export interface ClientStep {
  readonly program: "kubectl" | "helm";
  readonly args: readonly string[];
  /** Objects for the standard input, as one document each. */
  readonly objects?: readonly object[];
  /** The exit code; 0 when absent. */
  readonly code?: number;
  /** Asked again until the code is the expected one: for what a server does in its own time. */
  readonly again?: boolean;
  /** Only the last line is compared: those before it tell what controllers do in their own time. */
  readonly lastLine?: boolean;
}

export interface ClientScript {
  readonly name: string;
  readonly steps: readonly ClientStep[];
}

const kubectl = (line: string, rest: Omit<ClientStep, "program" | "args"> = {}): ClientStep => ({
  program: "kubectl",
  args: line.split(" "),
  ...rest,
});
const helm = (line: string, rest: Omit<ClientStep, "program" | "args"> = {}): ClientStep => ({
  program: "helm",
  args: line.split(" "),
  ...rest,
});

const container = (image: string): object => ({
  name: "main",
  image,
  ports: [{ name: "http", containerPort: 8080 }],
  env: [
    { name: "A", value: "1" },
    { name: "B", value: "2" },
  ],
});
const deployment = (image: string, extra: readonly object[] = []): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [container(image), ...extra] } },
  },
});
const SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { clusterIP: "None", selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
};
const configMap = (data: object): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data });

const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "boats.<ns>.example.com" },
  spec: {
    group: "<ns>.example.com",
    names: { kind: "Boat", plural: "boats", singular: "boat", shortNames: ["bo"], listKind: "BoatList" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: "Sails", type: "integer", jsonPath: ".spec.sails" },
          { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            description: "A boat.",
            properties: {
              spec: {
                type: "object",
                description: "What is wanted of it.",
                required: ["sails"],
                properties: {
                  sails: { type: "integer", minimum: 1, description: "How many sails it has." },
                  crew: { type: "array", items: { type: "string" }, description: "Who sails it." },
                },
              },
              status: {
                type: "object",
                properties: {
                  conditions: {
                    type: "array",
                    items: { type: "object", properties: { type: { type: "string" }, status: { type: "string" } } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};
const boat = (spec: object): object => ({ apiVersion: "<ns>.example.com/v1", kind: "Boat", metadata: { name: "swan" }, spec });

export const clientScripts: readonly ClientScript[] = [
  {
    name: "kubectl applies, gets, patches, waits and deletes",
    steps: [
      kubectl("apply -f -", { objects: [deployment("nginx:1"), SERVICE, configMap({ a: "1" })] }),
      kubectl("apply -f -", { objects: [deployment("nginx:1"), SERVICE, configMap({ a: "1" })] }),
      kubectl("diff -f -", { objects: [configMap({ a: "1" })] }),
      kubectl("apply -f -", { objects: [deployment("nginx:2", [{ name: "second", image: "busybox:1" }]), configMap({ b: "2" })] }),
      kubectl("get configmap settings -o jsonpath={.data}"),
      kubectl("get deployment web -o jsonpath={.spec.template.spec.containers[*].image}"),
      kubectl("apply -f -", { objects: [deployment("nginx:2")] }),
      kubectl("get deployment web -o jsonpath={.spec.template.spec.containers[*].name}"),
      kubectl("wait --for=condition=Available deployment/web --timeout=60s"),
      kubectl("rollout status deployment/web --timeout=60s", { lastLine: true }),
      kubectl("wait --for=jsonpath={.status.readyReplicas}=1 deployment/web --timeout=60s"),
      kubectl("get deployments,services,configmaps -o wide"),
      kubectl("get deployment web"),
      kubectl("get deployment web -o name"),
      kubectl("get deployments -l app=none"),
      kubectl("get deployments -o custom-columns=NAME:.metadata.name,IMAGE:.spec.template.spec.containers[0].image --no-headers"),
      kubectl(
        'patch deployment web -p {"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"B","$patch":"delete"}]}]}}}}',
      ),
      kubectl("get deployment web -o jsonpath={.spec.template.spec.containers[0].env}"),
      kubectl('patch configmap settings --type=merge -p {"data":{"b":null,"c":"3"}}'),
      kubectl('patch configmap settings --type=json -p [{"op":"replace","path":"/data/c","value":"4"}]'),
      kubectl("get configmap settings -o jsonpath={.data}"),
      kubectl("set image deployment/web main=nginx:3"),
      kubectl("scale deployment web --replicas=2"),
      kubectl("label configmap settings tier=front"),
      kubectl("label configmap settings tier=back", { code: 1 }),
      kubectl("annotate configmap settings note=one --overwrite"),
      kubectl("get configmaps --show-labels -l tier=front"),
      kubectl("wait --for=jsonpath={.status.availableReplicas}=2 deployment/web --timeout=60s"),
      kubectl("create -f -", { objects: [configMap({})], code: 1 }),
      kubectl("create --dry-run=server -o name -f -", { objects: [{ ...configMap({}), metadata: { name: "extra" } }] }),
      kubectl("create -f -", { objects: [{ apiVersion: "v1", kind: "Secret", metadata: { name: "hidden" }, stringData: { x: "1" } }] }),
      kubectl("get secrets"),
      kubectl("apply -f -", { objects: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "odd" }, dada: {} }], code: 1 }),
      kubectl("apply --server-side -f -", { objects: [{ ...configMap({ d: "5" }), metadata: { name: "shared" } }] }),
      kubectl("apply --server-side --field-manager=other -f -", {
        objects: [{ ...configMap({ d: "6" }), metadata: { name: "shared" } }],
        code: 1,
      }),
      kubectl("apply --server-side --field-manager=other --force-conflicts -f -", {
        objects: [{ ...configMap({ d: "6" }), metadata: { name: "shared" } }],
      }),
      kubectl("delete configmap settings shared"),
      kubectl("get configmap settings", { code: 1 }),
      kubectl("delete deployment,service,secret --all"),
      kubectl("wait --for=delete deployment/web --timeout=60s"),
      kubectl("get deployments,services,secrets"),
    ],
  },
  {
    name: "kubectl works with custom resources",
    steps: [
      kubectl("apply -f -", { objects: [DEFINITION] }),
      kubectl("wait --for=condition=Established crd/boats.<ns>.example.com --timeout=60s"),
      kubectl("api-resources --api-group=<ns>.example.com"),
      kubectl("explain boats.spec --api-version=<ns>.example.com/v1", { again: true }),
      kubectl("apply -f -", { objects: [boat({ sails: 0 })], code: 1 }),
      kubectl("apply -f -", { objects: [boat({ sails: 2, rudder: 1 })], code: 1 }),
      kubectl("apply -f -", { objects: [boat({ sails: 2, crew: ["a"] })] }),
      kubectl("apply -f -", { objects: [boat({ sails: 3 })] }),
      kubectl("get boats"),
      kubectl("get bo swan -o jsonpath={.spec}"),
      kubectl('patch boat swan --type=merge --subresource=status -p {"status":{"conditions":[{"type":"Ready","status":"True"}]}}'),
      kubectl("wait --for=condition=Ready boat/swan --timeout=60s"),
      kubectl("get boats"),
      kubectl('patch boat swan -p {"spec":{"sails":4}}', { code: 1 }),
      kubectl("delete boat swan --wait"),
      kubectl("get boats"),
      kubectl("delete crd boats.<ns>.example.com --wait"),
      kubectl("get boats.<ns>.example.com", { code: 1 }),
    ],
  },
  {
    name: "kubectl creates what it writes in protobuf",
    steps: [
      kubectl("create configmap made --from-literal=x=1"),
      kubectl("create configmap made --from-literal=x=1", { code: 1 }),
      kubectl("create configmap unmade --from-literal=x=1 --dry-run=server -o name"),
      kubectl("create secret generic hidden --from-literal=x=1"),
      kubectl("create deployment web --image=nginx:1 --replicas=0 --port=80"),
      kubectl("create service clusterip web --clusterip=None"),
      kubectl("create cronjob tick --image=busybox --schedule=@yearly"),
      kubectl("create ingress web --rule=a.example.com/*=web:80"),
      kubectl("create poddisruptionbudget web --selector=app=web --min-available=50%"),
      kubectl("create serviceaccount robot"),
      kubectl("create role reader --verb=get,list --resource=configmaps,deployments.apps"),
      kubectl("create rolebinding reader --role=reader --serviceaccount=<ns>:robot"),
      kubectl("get configmap made -o jsonpath={.data}"),
      kubectl("get secret hidden -o jsonpath={.type}{.data}"),
      kubectl("get deployment web -o jsonpath={.metadata.labels}{.spec}"),
      kubectl("get service web -o jsonpath={.spec}"),
      kubectl("get cronjob tick -o jsonpath={.spec}"),
      kubectl("get ingress web -o jsonpath={.spec}"),
      kubectl("get poddisruptionbudget web -o jsonpath={.spec}"),
      kubectl("get role reader -o jsonpath={.rules}"),
      kubectl("get rolebinding reader -o jsonpath={.roleRef}{.subjects}"),
      kubectl("get rolebinding reader -o wide"),
      kubectl("auth can-i delete deployments"),
      kubectl("auth can-i get configmaps --as=system:serviceaccount:<ns>:robot", { again: true }),
      kubectl("auth can-i delete configmaps --as=system:serviceaccount:<ns>:robot", { code: 1 }),
      kubectl("get configmap made --as=system:serviceaccount:<ns>:robot"),
      kubectl("delete configmap made --as=system:serviceaccount:<ns>:robot", { code: 1 }),
    ],
  },
  {
    name: "kubectl makes a namespace and takes it away",
    steps: [
      kubectl("apply -f -", { objects: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "<ns>-more" } }] }),
      kubectl("get namespace <ns>-more"),
      kubectl("apply -f -", { objects: [{ ...configMap({}), metadata: { name: "inside", namespace: "<ns>-more" } }] }),
      kubectl("delete namespace <ns>-more --wait --timeout=60s"),
      kubectl("get namespace <ns>-more", { code: 1 }),
    ],
  },
  {
    name: "helm installs, upgrades, rolls back and uninstalls",
    steps: [
      helm("upgrade --install web <chart> --wait --timeout=60s"),
      helm("list"),
      kubectl("get deployments,services,configmaps -l app.kubernetes.io/managed-by=Helm"),
      helm("upgrade --install web <chart> --wait --timeout=60s --set=image=nginx:2 --set=extra=true"),
      kubectl("get deployment web -o jsonpath={.spec.template.spec.containers[0].image}"),
      helm("history web"),
      helm("get values web"),
      helm("get manifest web"),
      helm("rollback web 1 --wait --timeout=60s"),
      kubectl("get deployment web -o jsonpath={.spec.template.spec.containers[0].image}"),
      kubectl("get configmap web-extra", { code: 1 }),
      helm("status web", { lastLine: true }),
      helm("uninstall web --wait --timeout=60s"),
      helm("list"),
      kubectl("get deployments,services"),
    ],
  },
];
