import type { ContractCase } from "../contract-case.ts";
import { CONFIG_MAPS, configMap, get, mergePatch, post, put, remove, SECRETS } from "./requests.ts";

const labelled = (name: string, color: string): Record<string, unknown> => configMap(name, undefined, { labels: { color } });

const METADATA = { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json" };

/** A Secret as helm keeps a release in it, of an instance. */
const revision = (name: string, instance: string): Record<string, unknown> => ({
  apiVersion: "v1",
  kind: "Secret",
  type: "helm.sh/release.v1",
  metadata: { name, labels: { owner: "helm", "portolan.dev/instance-id": instance } },
});

/** Lists with selectors and pages; watches that see objects come, change, stop to match, and go. */
export const listAndWatchCases: readonly ContractCase[] = [
  {
    name: "label and field selectors",
    steps: [
      post(CONFIG_MAPS, labelled("a", "red")),
      post(CONFIG_MAPS, labelled("b", "blue")),
      post(CONFIG_MAPS, configMap("c")),
      get(`${CONFIG_MAPS}?labelSelector=color%3Dred`),
      get(`${CONFIG_MAPS}?labelSelector=color%20in%20(red,blue),color!%3Dred`),
      get(`${CONFIG_MAPS}?labelSelector=!color`),
      get(`${CONFIG_MAPS}?labelSelector=color`),
      get(`${CONFIG_MAPS}?fieldSelector=metadata.name%3Dc`),
      get(`${CONFIG_MAPS}?fieldSelector=metadata.name!%3Dc,metadata.namespace%3D<ns>`),
      get(`${CONFIG_MAPS}?fieldSelector=data.x%3Dc`, 400),
      get(`${CONFIG_MAPS}?labelSelector=a%20b`, 400),
    ],
  },
  {
    name: "the Secrets of one instance in all namespaces, by metadata alone",
    steps: [
      post(SECRETS, revision("sh.helm.release.v1.a.v1", "<ns>-a")),
      post(SECRETS, revision("sh.helm.release.v1.b.v1", "<ns>-b")),
      post("/api/v1/namespaces/default/secrets", revision("sh.helm.release.v1.<ns>.v1", "<ns>-a")),
      get("/api/v1/secrets?labelSelector=owner%3Dhelm,portolan.dev%2Finstance-id%3D<ns>-a", 200, { headers: METADATA }),
      remove("/api/v1/namespaces/default/secrets/sh.helm.release.v1.<ns>.v1"),
      get("/api/v1/secrets?labelSelector=owner%3Dhelm,portolan.dev%2Finstance-id%3D<ns>-a", 200, { headers: METADATA }),
    ],
  },
  {
    name: "pages",
    steps: [
      post(CONFIG_MAPS, configMap("a")),
      post(CONFIG_MAPS, configMap("b")),
      post(CONFIG_MAPS, configMap("c")),
      get(`${CONFIG_MAPS}?limit=2`),
      get(`${CONFIG_MAPS}?limit=2&labelSelector=!none`),
      get(`${CONFIG_MAPS}?limit=3`),
      get(`${CONFIG_MAPS}?limit=1&continue=nonsense`, 400, { ignore: ["message"] }),
      get(`${CONFIG_MAPS}?resourceVersionMatch=Exact`, 422),
      get(`${CONFIG_MAPS}?resourceVersion=0&resourceVersionMatch=Exact`, 422),
      get(`${CONFIG_MAPS}?resourceVersion=<rv:2>&resourceVersionMatch=Exact`),
      get(`${CONFIG_MAPS}?resourceVersion=<rv:2>&resourceVersionMatch=NotOlderThan`),
    ],
  },
  {
    name: "a watch sees what happens",
    steps: [
      post(CONFIG_MAPS, configMap("a", { n: "1" })),
      { watch: "all", path: `${CONFIG_MAPS}?watch=true&resourceVersion=<rv:1>` },
      put(`${CONFIG_MAPS}/a`, configMap("a", { n: "2" })),
      post(CONFIG_MAPS, configMap("b")),
      remove(`${CONFIG_MAPS}/a`),
      { collect: "all", events: 3 },
    ],
  },
  {
    name: "a watch from nowhere starts with what is there",
    steps: [
      post(CONFIG_MAPS, configMap("a")),
      { watch: "all", path: `${CONFIG_MAPS}?watch=true` },
      { collect: "all", events: 1 },
      mergePatch(`${CONFIG_MAPS}/a`, { data: { n: "1" } }),
      { collect: "all", events: 1 },
    ],
  },
  {
    name: "a watch with a selector sees objects start and stop to match",
    steps: [
      post(CONFIG_MAPS, labelled("a", "blue")),
      { watch: "red", path: `${CONFIG_MAPS}?watch=true&resourceVersion=<rv:1>&labelSelector=color%3Dred` },
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { labels: { color: "red" } } }),
      mergePatch(`${CONFIG_MAPS}/a`, { data: { n: "1" } }),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { labels: { color: "green" } } }),
      mergePatch(`${CONFIG_MAPS}/a`, { data: { n: "2" } }),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { labels: { color: "red" } } }),
      remove(`${CONFIG_MAPS}/a`),
      { collect: "red", events: 5 },
    ],
  },
  {
    name: "a watch of one object by its name",
    steps: [
      { watch: "one", path: `${CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Da` },
      post(CONFIG_MAPS, configMap("b")),
      post(CONFIG_MAPS, configMap("a")),
      { collect: "one", events: 1 },
    ],
  },
  {
    name: "a watch of metadata alone",
    steps: [
      {
        watch: "meta",
        path: `${CONFIG_MAPS}?watch=true&labelSelector=color`,
        headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" },
      },
      post(CONFIG_MAPS, labelled("a", "blue")),
      { collect: "meta", events: 1 },
    ],
  },
  {
    name: "initial events end with a bookmark",
    steps: [
      post(CONFIG_MAPS, configMap("a")),
      {
        watch: "all",
        path: `${CONFIG_MAPS}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&labelSelector=!none`,
      },
      { collect: "all", events: 2, ignore: ["metadata.resourceVersion"] },
      get(`${CONFIG_MAPS}?watch=true&sendInitialEvents=true`, 422),
    ],
  },
];
