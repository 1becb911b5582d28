/** Who plays in the demo: five clusters, two services, and where each of them starts. Pure data. */

export interface DemoCluster {
  readonly name: string;
  readonly kubernetes: string;
  readonly region: string;
  readonly nodes: number;
  /** Version of `certificates` at the start. */
  readonly certificates: string;
  /** Version of `identity` at the start. */
  readonly identity: string;
}

/** At the newest version of the fleet's catalog they need one, two and three hops. */
export const clusters: readonly DemoCluster[] = [
  { name: "bergen", kubernetes: "v1.37.2", region: "eu-north-1", nodes: 3, certificates: "0.14.0", identity: "1.1.0" },
  { name: "genoa", kubernetes: "v1.37.2-gke.104", region: "europe-west8", nodes: 5, certificates: "0.13.0", identity: "1.0.0" },
  { name: "lisbon", kubernetes: "v1.36.5-eks-1a2b3c", region: "eu-west-3", nodes: 2, certificates: "0.12.0", identity: "1.1.0" },
  { name: "malmo", kubernetes: "v1.35.9", region: "eu-north-1", nodes: 4, certificates: "0.14.0", identity: "1.0.0" },
  { name: "piraeus", kubernetes: "v1.34.2", region: "eu-south-1", nodes: 3, certificates: "0.12.0", identity: "1.1.0" },
];

export interface DemoInstance {
  readonly service: string;
  readonly namespace: string;
  readonly name: string;
}

export const certificates: DemoInstance = { service: "certificates", namespace: "certificates", name: "certificates" };
export const identity: DemoInstance = { service: "identity", namespace: "identity", name: "login" };

/** What the newer catalog brings. */
export const newest = { certificates: "0.15.0", identity: "2.0.0" } as const;

/** The cluster that goes back at the end, and to which version. */
export const regret = { cluster: "malmo", version: "1.1.0" } as const;
