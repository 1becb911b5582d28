/** Generated from docs/reference/openapi.json by scripts/hub-api/generate.ts: do not edit. */
export interface paths {
    readonly "/livez": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The process runs */
        readonly get: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description ok */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "text/plain": string;
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/readyz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The fleet view is complete and followed */
        readonly get: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description Ready */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Ready"];
                    };
                };
                /** @description Not ready, and what it waits for */
                readonly 503: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Ready"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/audit": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Who did what, and why, newest first
         * @description The newest 100,000 entries. Actors are not authenticated yet: they are what clients say in `x-portolan-actor`.
         */
        readonly get: {
            readonly parameters: {
                readonly query?: {
                    readonly actor?: string;
                    readonly cluster?: string;
                    /** @description Token of the page before: gives the next one */
                    readonly continue?: string;
                    /** @description So many items at most */
                    readonly limit?: number;
                    readonly rollout?: string;
                    readonly service?: string;
                    /** @description At this time or after */
                    readonly since?: string;
                    /** @description Before this time */
                    readonly until?: string;
                };
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description Newest first */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": {
                            readonly continue?: string;
                            readonly items: readonly components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/availability": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Service × version: who runs it, who could go to it, who could not and why */
        readonly get: {
            readonly parameters: {
                readonly query?: {
                    /** @description Token of the page before: gives the next one */
                    readonly continue?: string;
                    /** @description So many items at most */
                    readonly limit?: number;
                    readonly service?: string;
                };
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description By service, newest version first */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": {
                            readonly continue?: string;
                            readonly items: readonly components["schemas"]["VersionRow"][];
                        };
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/catalogs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The fleet's catalog set */
        readonly get: {
            readonly parameters: {
                readonly query?: {
                    /** @description Token of the page before: gives the next one */
                    readonly continue?: string;
                    /** @description So many items at most */
                    readonly limit?: number;
                };
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description Lowest precedence first */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": {
                            readonly continue?: string;
                            readonly items: readonly components["schemas"]["Catalog"][];
                        };
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        /** Publishes a catalog, in the place of the one with its name */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["CatalogRequest"];
                };
            };
            readonly responses: {
                /** @description Published, with what its authors should know */
                readonly 201: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["PublishedCatalog"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/catalogs/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Withdraws a catalog; running operations keep what they use */
        readonly delete: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description Withdrawn */
                readonly 204: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/clusters": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Clusters of the fleet */
        readonly get: {
            readonly parameters: {
                readonly query?: {
                    /** @description Token of the page before: gives the next one */
                    readonly continue?: string;
                    /** @description As in kubectl, `field=value,field!=value`, by name, state, agentVersion, kubernetesVersion, provider, region */
                    readonly fieldSelector?: string;
                    readonly labelSelector?: string;
                    /** @description So many items at most */
                    readonly limit?: number;
                };
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description Ordered by name */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": {
                            readonly continue?: string;
                            readonly items: readonly components["schemas"]["Cluster"][];
                        };
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/clusters/{cluster}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One cluster */
        readonly get: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: never;
                readonly path: {
                    readonly cluster: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description The cluster */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Cluster"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/clusters/{cluster}/labels": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The labels that the hub keeps for a cluster, with the ETag that a change is held to */
        readonly get: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: never;
                readonly path: {
                    readonly cluster: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description The labels */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["ClusterLabels"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Replaces the labels that the hub keeps for a cluster */
        readonly put: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly cluster: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["ClusterLabels"];
                };
            };
            readonly responses: {
                /** @description The cluster with its new labels */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Cluster"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/clusters/{cluster}/namespaces/{namespace}/instances/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One instance */
        readonly get: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: never;
                readonly path: {
                    readonly cluster: string;
                    readonly name: string;
                    readonly namespace: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description The instance */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Instance"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/clusters/{cluster}/namespaces/{namespace}/instances/{name}/availability": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Every version that an instance could go to, or why not */
        readonly get: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: never;
                readonly path: {
                    readonly cluster: string;
                    readonly name: string;
                    readonly namespace: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description As the agent said last */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Availability"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/clusters/{cluster}/namespaces/{namespace}/instances/{name}/plan": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The steps of an instance to a version, as its agent plans them */
        readonly get: {
            readonly parameters: {
                readonly query: {
                    readonly version: string;
                };
                readonly header?: never;
                readonly path: {
                    readonly cluster: string;
                    readonly name: string;
                    readonly namespace: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description The plan */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Plan"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What agents told of their operations, newest first
         * @description The newest 100,000 events, in the order in which they arrived. `since` and `until` are by the fleet's clock, `at` by the cluster's.
         */
        readonly get: {
            readonly parameters: {
                readonly query?: {
                    readonly cluster?: string;
                    /** @description Token of the page before: gives the next one */
                    readonly continue?: string;
                    /** @description So many items at most */
                    readonly limit?: number;
                    readonly name?: string;
                    readonly namespace?: string;
                    /** @description Of its targets, since it was started and until it has ended */
                    readonly rollout?: string;
                    readonly service?: string;
                    /** @description At this time or after */
                    readonly since?: string;
                    /** @description Before this time */
                    readonly until?: string;
                };
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description Newest first */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": {
                            readonly continue?: string;
                            readonly items: readonly components["schemas"]["Event"][];
                        };
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/hub": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The hub itself, with the public key that agents pin */
        readonly get: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description The hub */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Hub"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/instances": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Instances of the fleet */
        readonly get: {
            readonly parameters: {
                readonly query?: {
                    readonly cluster?: string;
                    /** @description Token of the page before: gives the next one */
                    readonly continue?: string;
                    /** @description As in kubectl, `field=value,field!=value`, by cluster, namespace, name, service, phase, version, targetVersion, ready */
                    readonly fieldSelector?: string;
                    readonly labelSelector?: string;
                    /** @description So many items at most */
                    readonly limit?: number;
                    readonly namespace?: string;
                    readonly service?: string;
                };
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description Ordered by cluster, namespace and name */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": {
                            readonly continue?: string;
                            readonly items: readonly components["schemas"]["Instance"][];
                        };
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/plans": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Preview: how every chosen instance would go to a version, each by its own agent's plan */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["PlanRequest"];
                };
            };
            readonly responses: {
                /** @description Ordered by cluster, namespace and name */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": {
                            readonly continue?: string;
                            readonly items: readonly components["schemas"]["FleetPlan"][];
                        };
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Rollouts, newest first */
        readonly get: {
            readonly parameters: {
                readonly query?: {
                    /** @description Token of the page before: gives the next one */
                    readonly continue?: string;
                    /** @description So many items at most */
                    readonly limit?: number;
                    readonly phase?: "Draft" | "Checking" | "Checked" | "Running" | "AwaitingApproval" | "Paused" | "Aborting" | "RollingBack" | "Succeeded" | "Failed" | "Aborted" | "RolledBack";
                    readonly service?: string;
                };
                readonly header?: never;
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description Without their targets */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": {
                            readonly continue?: string;
                            readonly items: readonly components["schemas"]["Rollout"][];
                        };
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One rollout, without its targets */
        readonly get: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: never;
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Makes a rollout, or changes the document of one that has not started, and asks the agents what they would do */
        readonly put: {
            readonly parameters: {
                readonly query?: {
                    /** @description Why; kept with the rollout */
                    readonly reason?: string;
                };
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    /**
                     * @example {
                     *       "apiVersion": "portolan.dev/v1alpha1",
                     *       "kind": "Rollout",
                     *       "metadata": {
                     *         "name": "cert-manager-1-16"
                     *       },
                     *       "spec": {
                     *         "action": "upgrade",
                     *         "service": "cert-manager",
                     *         "version": "1.16.2",
                     *         "selector": {
                     *           "labels": "env in (test, prod)"
                     *         },
                     *         "waves": [
                     *           {
                     *             "name": "canary",
                     *             "clusters": {
                     *               "count": 1
                     *             },
                     *             "soakSeconds": 600
                     *           },
                     *           {
                     *             "name": "rest",
                     *             "maxConcurrent": 20,
                     *             "approval": {
                     *               "roles": [
                     *                 "release-manager"
                     *               ]
                     *             }
                     *           }
                     *         ],
                     *         "failureBudget": {
                     *           "percent": 5
                     *         }
                     *       }
                     *     }
                     */
                    readonly "application/json": components["schemas"]["RolloutDocument"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description It is being checked */
                readonly 201: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly post?: never;
        /** Forgets a rollout that has ended, or never started */
        readonly delete: {
            readonly parameters: {
                readonly query?: {
                    /** @description Why; kept with the rollout */
                    readonly reason?: string;
                };
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description It is gone */
                readonly 204: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/abort": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Ends it: sends nothing new, and what runs stops after its step */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/approve": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Lets the wave begin that waits for somebody's approval */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/check": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Asks the agents again what they would do */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/pause": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Sends nothing new; what runs goes on */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/promote": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Ends the soak of the wave that is under way */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/reject": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Pauses instead of letting the wave begin */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/resume": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Goes on, in spite of what has failed so far */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/retry": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Tries again what has failed */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/skip": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Leaves targets out */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/start": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Starts it, as it was checked */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The ETag that was read: it is changed only if it still is that */
                    readonly "if-match"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description As it is now */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/targets": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The targets of a rollout, and how far each is */
        readonly get: {
            readonly parameters: {
                readonly query?: {
                    readonly cluster?: string;
                    /** @description Token of the page before: gives the next one */
                    readonly continue?: string;
                    /** @description So many items at most */
                    readonly limit?: number;
                    readonly state?: "Pending" | "Deferred" | "Sent" | "Waiting" | "Running" | "Succeeded" | "Failed" | "Refused" | "Held" | "Skipped";
                };
                readonly header?: never;
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description Ordered by cluster, namespace and name */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": {
                            readonly continue?: string;
                            readonly items: readonly components["schemas"]["RolloutTarget"][];
                        };
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rollouts/{name}/undo": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Makes a rollout that brings every target back to what it was before, and checks it */
        readonly post: {
            readonly parameters: {
                readonly query?: never;
                readonly header?: {
                    /** @description A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now */
                    readonly "idempotency-key"?: string;
                    /** @description The hub does not do it any more after this time of the fleet's clock, however long the request was on its way */
                    readonly "x-portolan-not-after"?: string;
                };
                readonly path: {
                    readonly name: string;
                };
                readonly cookie?: never;
            };
            readonly requestBody: {
                readonly content: {
                    readonly "application/json": components["schemas"]["RolloutActionRequest"];
                };
            };
            readonly responses: {
                /** @description The new rollout */
                readonly 201: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/json": components["schemas"]["Rollout"];
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/watch": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The fleet's state, then every change (Server-Sent Events)
         * @description Events: cluster, instance, availability, rollout, event (with the object as data; `deleted: true` when it is gone), bookmark (everything up to its id was sent), reset (forget what you know; the whole state follows). `Last-Event-ID` resumes after the last one seen.
         */
        readonly get: {
            readonly parameters: {
                readonly query?: {
                    readonly cluster?: string;
                    /** @description Some of clusters, instances, availability, rollouts, events; by default clusters, instances, rollouts, events */
                    readonly kinds?: string;
                    /** @description For clients that cannot set the header */
                    readonly lastEventId?: string;
                    readonly service?: string;
                };
                readonly header?: {
                    readonly "last-event-id"?: string;
                };
                readonly path?: never;
                readonly cookie?: never;
            };
            readonly requestBody?: never;
            readonly responses: {
                /** @description Until the client ends it */
                readonly 200: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "text/event-stream": string;
                    };
                };
                /** @description Any error */
                readonly default: {
                    headers: {
                        readonly [name: string]: unknown;
                    };
                    content: {
                        readonly "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @example {
         *       "id": "ro-4f1b2b0b822c.RolloutStarted.1772442000000",
         *       "at": "2026-03-02T09:00:00.000Z",
         *       "actor": "ann@desk",
         *       "action": "RolloutStarted",
         *       "reason": "CVE",
         *       "rollout": "cert-manager-1-16",
         *       "service": "cert-manager",
         *       "after": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
         *     }
         */
        readonly AuditEntry: {
            /** @description What was done, as a verb: RolloutStarted, CatalogPublished */
            readonly action: string;
            /** @description `system:hub` for what the hub decided by itself */
            readonly actor: string;
            /** @description How it is since */
            readonly after?: unknown;
            /** Format: date-time */
            readonly at: string;
            /** @description How it was, where that says something */
            readonly before?: unknown;
            readonly cluster?: string;
            readonly id: string;
            readonly name?: string;
            readonly namespace?: string;
            readonly reason?: string;
            readonly rollout?: string;
            readonly service?: string;
        };
        /**
         * @example {
         *       "cluster": "bergen",
         *       "namespace": "cert-manager",
         *       "name": "cert-manager",
         *       "service": "cert-manager",
         *       "from": "1.15.3",
         *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
         *       "current": true,
         *       "available": [
         *         {
         *           "version": "1.16.2",
         *           "steps": [
         *             {
         *               "from": "1.15.3",
         *               "to": "1.16.2",
         *               "upgrader": "minor",
         *               "direction": "upgrade",
         *               "disruptive": false,
         *               "irreversible": false,
         *               "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
         *             }
         *           ],
         *           "cost": 1,
         *           "risks": [
         *             {
         *               "id": "crds-change",
         *               "message": "Certificates get another default",
         *               "applies": "Applies"
         *             }
         *           ],
         *           "planHash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
         *         }
         *       ],
         *       "unavailable": [
         *         {
         *           "version": "1.20.0",
         *           "reasons": [
         *             {
         *               "code": "MissingPermissions",
         *               "message": "the account may not create clusterroles",
         *               "url": "https://example.org/rbac"
         *             }
         *           ]
         *         }
         *       ],
         *       "totalAvailable": 1,
         *       "totalUnavailable": 1
         *     }
         */
        readonly Availability: {
            readonly available: readonly {
                readonly cost: number;
                readonly planHash: string;
                readonly risks: readonly components["schemas"]["Risk"][];
                readonly steps: readonly components["schemas"]["Step"][];
                readonly version: string;
            }[];
            readonly cluster: string;
            /** @description It belongs to the instance's reported state */
            readonly current: boolean;
            readonly digest: string;
            readonly from?: string;
            readonly name: string;
            readonly namespace: string;
            readonly service: string;
            readonly totalAvailable: number;
            readonly totalUnavailable: number;
            readonly unavailable: readonly {
                readonly reasons: readonly components["schemas"]["Reason"][];
                readonly version: string;
            }[];
        };
        /**
         * @example {
         *       "name": "base",
         *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
         *       "publishedAt": "2026-03-02T09:00:00.000Z",
         *       "services": [
         *         {
         *           "name": "cert-manager",
         *           "versions": [
         *             "1.15.3",
         *             "1.16.2"
         *           ]
         *         }
         *       ]
         *     }
         */
        readonly Catalog: {
            readonly digest: string;
            readonly name: string;
            /** Format: date-time */
            readonly publishedAt: string;
            readonly services: readonly {
                readonly name: string;
                readonly versions: readonly string[];
            }[];
        };
        /**
         * @example {
         *       "name": "base",
         *       "catalog": {
         *         "services": []
         *       }
         *     }
         */
        readonly CatalogRequest: {
            /** @description The catalog as JSON, as `portolan catalog` prints it */
            readonly catalog?: {
                readonly [key: string]: unknown;
            };
            readonly name: string;
        };
        /**
         * @example {
         *       "name": "bergen",
         *       "state": "Online",
         *       "labels": {
         *         "env": "prod",
         *         "region": "eu"
         *       },
         *       "incarnation": {
         *         "clusterUid": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
         *         "registrationId": "reg-1"
         *       },
         *       "agentVersion": "0.1.0",
         *       "agentStartedAt": "2026-03-02T09:00:00.000Z",
         *       "lastSeenAt": "2026-03-02T09:04:10.000Z",
         *       "clockSkewMs": 0,
         *       "heartbeatIntervalMs": 10000,
         *       "facts": {
         *         "kubernetesVersion": "v1.34.2",
         *         "provider": "aws",
         *         "region": "eu-north-1",
         *         "nodes": 5
         *       },
         *       "catalogDigest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
         *       "catalogProblems": [],
         *       "instances": 1,
         *       "inSync": true,
         *       "intentDocument": {
         *         "revision": 1772442000000,
         *         "acknowledged": 1772442000000
         *       },
         *       "intents": [
         *         {
         *           "id": "ro-4f1b2b0b822c.0",
         *           "namespace": "cert-manager",
         *           "name": "cert-manager",
         *           "phase": "Running",
         *           "planHash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
         *           "generation": 4
         *         }
         *       ]
         *     }
         */
        readonly Cluster: {
            /** Format: date-time */
            readonly agentStartedAt: string;
            readonly agentVersion: string;
            readonly catalogDigest?: string;
            readonly catalogProblems: readonly string[];
            /** @description So far the agent's clock is ahead of the fleet's (ms), behind it where negative; 0 within a second. Its times are off by that */
            readonly clockSkewMs: number;
            readonly facts?: {
                readonly kubernetesVersion: string;
                readonly nodes?: number;
                readonly provider?: string;
                readonly region?: string;
            };
            readonly heartbeatIntervalMs: number;
            readonly incarnation: {
                readonly clusterUid: string;
                readonly registrationId: string;
            };
            readonly instances: number;
            /** @description The hub holds exactly what the agent's newest heartbeat stands for */
            readonly inSync: boolean;
            readonly intentDocument: {
                /** @description Revision that the agent has accepted; 0: none */
                readonly acknowledged: number;
                readonly problem?: components["schemas"]["Reason"];
                readonly refusal?: components["schemas"]["Reason"];
                /** @description Revision that was published; absent: none */
                readonly revision?: number;
            };
            readonly intents: readonly components["schemas"]["IntentState"][];
            readonly labels: {
                readonly [key: string]: string;
            };
            /** Format: date-time */
            readonly lastSeenAt: string;
            readonly name: string;
            /** @enum {string} */
            readonly state: "Online" | "Offline";
        };
        /**
         * @example {
         *       "labels": {
         *         "region": "eu",
         *         "example.org/tier": "gold"
         *       }
         *     }
         */
        readonly ClusterLabels: {
            readonly labels: {
                readonly [key: string]: string;
            };
        };
        /**
         * @example {
         *       "cluster": "bergen",
         *       "namespace": "cert-manager",
         *       "name": "cert-manager",
         *       "service": "cert-manager",
         *       "at": "2026-03-02T09:04:10.000Z",
         *       "type": "StepFinished",
         *       "operationId": "op-7",
         *       "step": {
         *         "from": "1.15.3",
         *         "to": "1.16.2",
         *         "upgrader": "minor",
         *         "direction": "upgrade",
         *         "disruptive": false,
         *         "irreversible": false,
         *         "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
         *       },
         *       "stepIndex": 0,
         *       "durationMs": 41800
         *     }
         */
        readonly Event: {
            /** Format: date-time */
            readonly at: string;
            readonly cluster: string;
            readonly durationMs?: number;
            readonly hook?: {
                readonly action: string;
                readonly name: string;
                readonly object: string;
            };
            readonly message?: string;
            readonly name: string;
            readonly namespace: string;
            readonly operationId?: string;
            readonly service: string;
            readonly step?: components["schemas"]["Step"];
            readonly stepIndex?: number;
            readonly type: string;
        };
        /**
         * @example {
         *       "cluster": "bergen",
         *       "namespace": "cert-manager",
         *       "name": "cert-manager",
         *       "from": "1.15.3",
         *       "reachable": true,
         *       "steps": [
         *         {
         *           "from": "1.15.3",
         *           "to": "1.16.2",
         *           "upgrader": "minor",
         *           "direction": "upgrade",
         *           "disruptive": false,
         *           "irreversible": false,
         *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
         *         }
         *       ],
         *       "cost": 1,
         *       "risks": [
         *         {
         *           "id": "crds-change",
         *           "message": "Certificates get another default",
         *           "applies": "Applies"
         *         }
         *       ],
         *       "planHash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
         *       "reasons": []
         *     }
         */
        readonly FleetPlan: {
            readonly cluster: string;
            readonly cost: number;
            readonly from?: string;
            readonly name: string;
            readonly namespace: string;
            readonly planHash?: string;
            readonly reachable: boolean;
            readonly reasons: readonly components["schemas"]["Reason"][];
            readonly risks: readonly components["schemas"]["Risk"][];
            readonly steps: readonly components["schemas"]["Step"][];
        };
        /**
         * @example {
         *       "version": "0.1.0",
         *       "publicKey": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
         *       "keyId": "hub-1",
         *       "startedAt": "2026-03-02T09:00:00.000Z",
         *       "clockSkewMs": 0,
         *       "ready": true,
         *       "waitingFor": [],
         *       "connected": true,
         *       "streams": [
         *         {
         *           "name": "PORTOLAN_REPORTS",
         *           "caughtUp": true
         *         }
         *       ],
         *       "clusters": 3,
         *       "instances": 3
         *     }
         */
        readonly Hub: {
            /** @description So far the hub's own clock is ahead of the NATS server's (ms), behind it where negative; 0 within a second. It goes by the server's */
            readonly clockSkewMs: number;
            readonly clusters: number;
            readonly connected: boolean;
            readonly instances: number;
            readonly keyId: string;
            /** @description Ed25519, raw 32 bytes in base64: what agents pin */
            readonly publicKey: string;
            readonly ready: boolean;
            /** Format: date-time */
            readonly startedAt: string;
            readonly streams: readonly {
                readonly caughtUp: boolean;
                readonly name: string;
            }[];
            readonly version: string;
            readonly waitingFor: readonly string[];
        };
        /**
         * @example {
         *       "cluster": "bergen",
         *       "namespace": "cert-manager",
         *       "name": "cert-manager",
         *       "uid": "0b9f9f4e-7d3c-4b8a-9c58-0f5a4a1f2a11",
         *       "service": "cert-manager",
         *       "phase": "Upgrading",
         *       "version": "1.15.3",
         *       "targetVersion": "1.16.2",
         *       "ready": false,
         *       "reason": "Upgrading",
         *       "message": "step 1 of 1",
         *       "generation": 4,
         *       "observedGeneration": 4,
         *       "operation": {
         *         "id": "op-7",
         *         "kind": "Upgrade",
         *         "steps": [
         *           {
         *             "from": "1.15.3",
         *             "to": "1.16.2",
         *             "upgrader": "minor",
         *             "direction": "upgrade",
         *             "disruptive": false,
         *             "irreversible": false,
         *             "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
         *           }
         *         ],
         *         "step": 0,
         *         "action": "Apply",
         *         "attempt": 1,
         *         "startedAt": "2026-03-02T09:00:00.000Z"
         *       },
         *       "labels": {
         *         "team": "platform"
         *       },
         *       "ignoresFleet": false,
         *       "versionOwner": "portolan-hub",
         *       "intentId": "ro-4f1b2b0b822c.0",
         *       "catalogDigest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
         *       "changedAt": "2026-03-02T09:00:00.000Z",
         *       "availability": {
         *         "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
         *         "current": true,
         *         "available": 3,
         *         "unavailable": 1
         *       }
         *     }
         */
        readonly Instance: {
            readonly availability?: {
                readonly available: number;
                readonly current: boolean;
                readonly digest: string;
                readonly unavailable: number;
            };
            readonly catalogDigest?: string;
            /** Format: date-time */
            readonly changedAt: string;
            readonly cluster: string;
            readonly generation: number;
            readonly ignoresFleet: boolean;
            readonly intentId?: string;
            readonly labels: {
                readonly [key: string]: string;
            };
            readonly message?: string;
            readonly name: string;
            readonly namespace: string;
            readonly observedGeneration: number;
            readonly operation?: components["schemas"]["Operation"];
            readonly phase: string;
            readonly ready: boolean;
            readonly reason?: string;
            readonly service: string;
            readonly targetVersion?: string;
            readonly uid: string;
            readonly version?: string;
            readonly versionOwner?: string;
        };
        /**
         * @example {
         *       "id": "ro-4f1b2b0b822c.0",
         *       "namespace": "cert-manager",
         *       "name": "cert-manager",
         *       "phase": "Running",
         *       "planHash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
         *       "generation": 4
         *     }
         */
        readonly IntentState: {
            readonly generation?: number;
            readonly id: string;
            readonly name: string;
            readonly namespace: string;
            /** @enum {string} */
            readonly phase: "Checked" | "Waiting" | "Running" | "Done" | "Refused" | "Failed" | "Held";
            readonly planHash?: string;
            readonly reason?: components["schemas"]["Reason"];
        };
        /**
         * @example {
         *       "at": "2026-03-02T09:04:10.000Z",
         *       "reason": {
         *         "code": "FailureBudgetExceeded",
         *         "message": "1 target has failed, and 0 may"
         *       }
         *     }
         */
        readonly Interruption: {
            /** Format: date-time */
            readonly at: string;
            readonly by?: string;
            readonly reason: components["schemas"]["Reason"];
        };
        /**
         * @example {
         *       "id": "op-7",
         *       "kind": "Upgrade",
         *       "steps": [
         *         {
         *           "from": "1.15.3",
         *           "to": "1.16.2",
         *           "upgrader": "minor",
         *           "direction": "upgrade",
         *           "disruptive": false,
         *           "irreversible": false,
         *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
         *         }
         *       ],
         *       "step": 0,
         *       "action": "Apply",
         *       "attempt": 1,
         *       "startedAt": "2026-03-02T09:00:00.000Z"
         *     }
         */
        readonly Operation: {
            readonly action?: string;
            readonly attempt: number;
            readonly id: string;
            readonly kind: string;
            readonly message?: string;
            /** Format: date-time */
            readonly startedAt: string;
            readonly step: number;
            readonly steps: readonly components["schemas"]["Step"][];
        };
        /**
         * @example {
         *       "cluster": "bergen",
         *       "namespace": "cert-manager",
         *       "name": "cert-manager",
         *       "service": "cert-manager",
         *       "from": "1.15.3",
         *       "version": "1.16.2",
         *       "steps": [
         *         {
         *           "from": "1.15.3",
         *           "to": "1.16.2",
         *           "upgrader": "minor",
         *           "direction": "upgrade",
         *           "disruptive": false,
         *           "irreversible": false,
         *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
         *         }
         *       ],
         *       "cost": 1,
         *       "disruptive": false,
         *       "irreversible": false,
         *       "risks": [
         *         {
         *           "id": "crds-change",
         *           "message": "Certificates get another default",
         *           "applies": "Applies"
         *         }
         *       ],
         *       "planHash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
         *     }
         */
        readonly Plan: {
            readonly cluster: string;
            readonly cost: number;
            readonly disruptive: boolean;
            readonly from?: string;
            readonly irreversible: boolean;
            readonly name: string;
            readonly namespace: string;
            /** @description Absent when the instance is at the version already */
            readonly planHash?: string;
            readonly risks: readonly components["schemas"]["Risk"][];
            readonly service: string;
            readonly steps: readonly components["schemas"]["Step"][];
            readonly version: string;
        };
        /**
         * @example {
         *       "service": "cert-manager",
         *       "version": "1.20.0",
         *       "selector": {
         *         "labels": "env=test"
         *       }
         *     }
         */
        readonly PlanRequest: {
            readonly selector?: components["schemas"]["RolloutSelector"];
            readonly service: string;
            readonly version: string;
        };
        /**
         * @example {
         *       "type": "https://portolan.dev/problems/WrongPhase",
         *       "title": "The rollout is in a phase in which this means nothing",
         *       "status": 409,
         *       "code": "WrongPhase",
         *       "detail": "the rollout cert-manager-1-16 is Paused: pause is possible while it is Running or AwaitingApproval"
         *     }
         */
        readonly Problem: {
            readonly code: string;
            readonly detail: string;
            readonly status: number;
            readonly title: string;
            readonly type: string;
        } & {
            readonly [key: string]: unknown;
        };
        /**
         * @example {
         *       "name": "base",
         *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
         *       "publishedAt": "2026-03-02T09:00:00.000Z",
         *       "services": [
         *         {
         *           "name": "cert-manager",
         *           "versions": [
         *             "1.15.3",
         *             "1.16.2"
         *           ]
         *         }
         *       ],
         *       "findings": [
         *         {
         *           "severity": "warning",
         *           "code": "DeadEnd",
         *           "file": "cert-manager/service.yaml",
         *           "message": "no way leads on from 1.16.2"
         *         }
         *       ]
         *     }
         */
        readonly PublishedCatalog: components["schemas"]["Catalog"] & {
            readonly findings: readonly {
                readonly code: string;
                readonly file: string;
                readonly message: string;
                readonly path?: string;
                /** @enum {string} */
                readonly severity: "error" | "warning";
            }[];
        };
        /**
         * @example {
         *       "ready": false,
         *       "waitingFor": [
         *         "reports"
         *       ]
         *     }
         */
        readonly Ready: {
            readonly ready: boolean;
            readonly waitingFor: readonly string[];
        };
        /**
         * @example {
         *       "code": "MissingPermissions",
         *       "message": "the account may not create clusterroles",
         *       "url": "https://example.org/rbac"
         *     }
         */
        readonly Reason: {
            readonly code: string;
            readonly message: string;
            readonly url?: string;
        };
        /**
         * @example {
         *       "id": "crds-change",
         *       "message": "Certificates get another default",
         *       "applies": "Applies"
         *     }
         */
        readonly Risk: {
            /** @enum {string} */
            readonly applies: "Applies" | "Unknown";
            readonly id: string;
            readonly message: string;
            readonly url?: string;
        };
        /**
         * @example {
         *       "name": "cert-manager-1-16",
         *       "uid": "ro-4f1b2b0b822c",
         *       "phase": "Paused",
         *       "spec": {
         *         "action": "upgrade",
         *         "service": "cert-manager",
         *         "version": "1.16.2",
         *         "selector": {
         *           "labels": "env in (test, prod)"
         *         },
         *         "waves": [
         *           {
         *             "name": "canary",
         *             "clusters": {
         *               "count": 1
         *             },
         *             "maxConcurrent": 10,
         *             "soakSeconds": 600,
         *             "verifyDeadlineSeconds": 300
         *           },
         *           {
         *             "name": "rest",
         *             "maxConcurrent": 20,
         *             "soakSeconds": 0,
         *             "verifyDeadlineSeconds": 300,
         *             "approval": {
         *               "roles": [
         *                 "release-manager"
         *               ]
         *             }
         *           }
         *         ],
         *         "failureBudget": {
         *           "percent": 5
         *         },
         *         "progressDeadlineSeconds": 600,
         *         "offline": "Defer",
         *         "catchUpSeconds": 604800,
         *         "onFailure": "Pause",
         *         "unreachable": "Refuse",
         *         "windows": [],
         *         "acceptRisks": [],
         *         "targets": []
         *       },
         *       "reason": "CVE",
         *       "createdAt": "2026-03-02T09:00:00.000Z",
         *       "createdBy": "ann@desk",
         *       "checkHash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
         *       "startedAt": "2026-03-02T09:00:00.000Z",
         *       "startedBy": "ann@desk",
         *       "paused": {
         *         "at": "2026-03-02T09:04:10.000Z",
         *         "reason": {
         *           "code": "FailureBudgetExceeded",
         *           "message": "1 target has failed, and 0 may"
         *         }
         *       },
         *       "counts": {
         *         "Pending": 2,
         *         "Deferred": 0,
         *         "Sent": 0,
         *         "Waiting": 0,
         *         "Running": 0,
         *         "Succeeded": 0,
         *         "Failed": 1,
         *         "Refused": 0,
         *         "Held": 0,
         *         "Skipped": 0
         *       },
         *       "waves": [
         *         {
         *           "name": "canary",
         *           "state": "Running",
         *           "counts": {
         *             "Pending": 0,
         *             "Deferred": 0,
         *             "Sent": 0,
         *             "Waiting": 0,
         *             "Running": 0,
         *             "Succeeded": 0,
         *             "Failed": 1,
         *             "Refused": 0,
         *             "Held": 0,
         *             "Skipped": 0
         *           },
         *           "startedAt": "2026-03-02T09:00:00.000Z"
         *         },
         *         {
         *           "name": "rest",
         *           "state": "Pending",
         *           "counts": {
         *             "Pending": 2,
         *             "Deferred": 0,
         *             "Sent": 0,
         *             "Waiting": 0,
         *             "Running": 0,
         *             "Succeeded": 0,
         *             "Failed": 0,
         *             "Refused": 0,
         *             "Held": 0,
         *             "Skipped": 0
         *           }
         *         }
         *       ]
         *     }
         */
        readonly Rollout: {
            readonly aborted?: components["schemas"]["Interruption"];
            /** @description What the check came to; a start has to name it */
            readonly checkHash?: string;
            readonly counts: {
                readonly Deferred?: number;
                readonly Failed?: number;
                readonly Held?: number;
                readonly Pending?: number;
                readonly Refused?: number;
                readonly Running?: number;
                readonly Sent?: number;
                readonly Skipped?: number;
                readonly Succeeded?: number;
                readonly Waiting?: number;
            };
            /** Format: date-time */
            readonly createdAt: string;
            readonly createdBy: string;
            /** Format: date-time */
            readonly finishedAt?: string;
            readonly name: string;
            readonly paused?: components["schemas"]["Interruption"];
            /** @enum {string} */
            readonly phase: "Draft" | "Checking" | "Checked" | "Running" | "AwaitingApproval" | "Paused" | "Aborting" | "RollingBack" | "Succeeded" | "Failed" | "Aborted" | "RolledBack";
            readonly reason?: string;
            readonly rollingBack?: components["schemas"]["Interruption"];
            readonly spec: components["schemas"]["RolloutSpec"];
            /** Format: date-time */
            readonly startedAt?: string;
            readonly startedBy?: string;
            readonly uid: string;
            /** @description Name of the rollout whose targets it brings back */
            readonly undoes?: string;
            readonly undoneBy?: string;
            readonly waves: readonly {
                readonly approvedBy?: string;
                readonly counts: {
                    readonly Deferred?: number;
                    readonly Failed?: number;
                    readonly Held?: number;
                    readonly Pending?: number;
                    readonly Refused?: number;
                    readonly Running?: number;
                    readonly Sent?: number;
                    readonly Skipped?: number;
                    readonly Succeeded?: number;
                    readonly Waiting?: number;
                };
                readonly name: string;
                /** Format: date-time */
                readonly passedAt?: string;
                /** Format: date-time */
                readonly settledAt?: string;
                /** Format: date-time */
                readonly startedAt?: string;
                /** @enum {string} */
                readonly state: "Pending" | "AwaitingApproval" | "Running" | "Soaking" | "Passed";
            }[];
        };
        /**
         * @example {
         *       "reason": "the change was agreed to"
         *     }
         */
        readonly RolloutActionRequest: {
            /** @description For start: the rollout's checkHash */
            readonly hash?: string;
            /** @description Why; kept in the audit */
            readonly reason?: string;
            /** @description For skip; for retry: some of those that failed instead of all */
            readonly targets?: readonly {
                readonly cluster: string;
                readonly name: string;
                readonly namespace: string;
            }[];
            /** @description For approve and reject: the wave that is meant, by its name or place */
            readonly wave?: string;
        };
        /**
         * @example {
         *       "apiVersion": "portolan.dev/v1alpha1",
         *       "kind": "Rollout",
         *       "metadata": {
         *         "name": "cert-manager-1-16"
         *       },
         *       "spec": {
         *         "action": "upgrade",
         *         "service": "cert-manager",
         *         "version": "1.16.2",
         *         "selector": {
         *           "labels": "env in (test, prod)"
         *         },
         *         "waves": [
         *           {
         *             "name": "canary",
         *             "clusters": {
         *               "count": 1
         *             },
         *             "soakSeconds": 600
         *           },
         *           {
         *             "name": "rest",
         *             "maxConcurrent": 20,
         *             "approval": {
         *               "roles": [
         *                 "release-manager"
         *               ]
         *             }
         *           }
         *         ],
         *         "failureBudget": {
         *           "percent": 5
         *         }
         *       }
         *     }
         */
        readonly RolloutDocument: {
            /** @constant */
            readonly apiVersion: "portolan.dev/v1alpha1";
            /** @constant */
            readonly kind: "Rollout";
            readonly metadata: {
                readonly name: string;
            };
            readonly spec: {
                /** @default [] */
                readonly acceptRisks: readonly string[];
                /** @enum {string} */
                readonly action: "install" | "upgrade" | "downgrade" | "configure" | "remove";
                /** @default 604800 */
                readonly catchUpSeconds: number;
                /** @enum {string} */
                readonly deletionPolicy?: "Uninstall" | "Orphan";
                /**
                 * @default {
                 *       "count": 0
                 *     }
                 */
                readonly failureBudget: {
                    readonly count: number;
                } | {
                    readonly percent: number;
                };
                readonly instance?: {
                    readonly config?: {
                        readonly [key: string]: unknown;
                    };
                    readonly labels?: {
                        readonly [key: string]: string;
                    };
                    readonly name: string;
                    readonly namespace: string;
                    readonly overrides?: {
                        readonly [key: string]: unknown;
                    };
                    readonly secretRefs?: readonly {
                        readonly name: string;
                        readonly secretName: string;
                    }[];
                    readonly serviceAccountName?: string;
                    readonly targetNamespace?: string;
                };
                readonly notAfterSeconds?: number;
                /**
                 * @default Defer
                 * @enum {string}
                 */
                readonly offline: "Skip" | "Defer" | "CatchUp";
                /**
                 * @default Pause
                 * @enum {string}
                 */
                readonly onFailure: "Pause" | "Rollback" | "Continue";
                /** @default 600 */
                readonly progressDeadlineSeconds: number;
                /** @default {} */
                readonly selector: {
                    readonly clusters?: readonly string[];
                    readonly fields?: {
                        readonly kubernetesVersion?: string;
                        readonly provider?: string;
                        readonly region?: string;
                        readonly version?: string;
                    };
                    readonly labels?: string;
                    readonly names?: readonly string[];
                    readonly namespaces?: readonly string[];
                };
                readonly service: string;
                readonly targetDeadlineSeconds?: number;
                /** @default [] */
                readonly targets: readonly {
                    readonly acceptRisks?: readonly string[];
                    readonly cluster: string;
                    readonly name?: string;
                    readonly namespace?: string;
                    readonly skip?: boolean;
                    readonly version?: string;
                }[];
                /**
                 * @default Refuse
                 * @enum {string}
                 */
                readonly unreachable: "Refuse" | "Skip";
                readonly version?: string;
                readonly versionRange?: string;
                /**
                 * @default [
                 *       {}
                 *     ]
                 */
                readonly waves: readonly {
                    readonly approval?: {
                        readonly expiresAfterSeconds?: number;
                        /** @default [] */
                        readonly roles: readonly string[];
                    };
                    readonly clusters?: {
                        readonly count: number;
                    } | {
                        readonly percent: number;
                    } | {
                        readonly selector: {
                            readonly clusters?: readonly string[];
                            readonly fields?: {
                                readonly kubernetesVersion?: string;
                                readonly provider?: string;
                                readonly region?: string;
                                readonly version?: string;
                            };
                            readonly labels?: string;
                        };
                    };
                    readonly failureBudget?: {
                        readonly count: number;
                    } | {
                        readonly percent: number;
                    };
                    /** @default 10 */
                    readonly maxConcurrent: number;
                    readonly name?: string;
                    /** @default 0 */
                    readonly soakSeconds: number;
                    readonly verify?: string;
                    /** @default 300 */
                    readonly verifyDeadlineSeconds: number;
                }[];
                /** @default [] */
                readonly windows: readonly {
                    readonly cron: string;
                    readonly duration: string;
                    readonly timeZone?: string;
                }[];
            };
        };
        /**
         * @example {
         *       "labels": "env in (test, prod)"
         *     }
         */
        readonly RolloutSelector: {
            readonly clusters?: readonly string[];
            readonly fields?: {
                readonly kubernetesVersion?: string;
                readonly provider?: string;
                readonly region?: string;
                readonly version?: string;
            };
            readonly labels?: string;
            readonly names?: readonly string[];
            readonly namespaces?: readonly string[];
        };
        /**
         * @example {
         *       "action": "upgrade",
         *       "service": "cert-manager",
         *       "version": "1.16.2",
         *       "selector": {
         *         "labels": "env in (test, prod)"
         *       },
         *       "waves": [
         *         {
         *           "name": "canary",
         *           "clusters": {
         *             "count": 1
         *           },
         *           "maxConcurrent": 10,
         *           "soakSeconds": 600,
         *           "verifyDeadlineSeconds": 300
         *         },
         *         {
         *           "name": "rest",
         *           "maxConcurrent": 20,
         *           "soakSeconds": 0,
         *           "verifyDeadlineSeconds": 300,
         *           "approval": {
         *             "roles": [
         *               "release-manager"
         *             ]
         *           }
         *         }
         *       ],
         *       "failureBudget": {
         *         "percent": 5
         *       },
         *       "progressDeadlineSeconds": 600,
         *       "offline": "Defer",
         *       "catchUpSeconds": 604800,
         *       "onFailure": "Pause",
         *       "unreachable": "Refuse",
         *       "windows": [],
         *       "acceptRisks": [],
         *       "targets": []
         *     }
         */
        readonly RolloutSpec: {
            /** @default [] */
            readonly acceptRisks: readonly string[];
            /** @enum {string} */
            readonly action: "install" | "upgrade" | "downgrade" | "configure" | "remove";
            /** @default 604800 */
            readonly catchUpSeconds: number;
            /** @enum {string} */
            readonly deletionPolicy?: "Uninstall" | "Orphan";
            /**
             * @default {
             *       "count": 0
             *     }
             */
            readonly failureBudget: {
                readonly count: number;
            } | {
                readonly percent: number;
            };
            readonly instance?: {
                readonly config?: {
                    readonly [key: string]: unknown;
                };
                readonly labels?: {
                    readonly [key: string]: string;
                };
                readonly name: string;
                readonly namespace: string;
                readonly overrides?: {
                    readonly [key: string]: unknown;
                };
                readonly secretRefs?: readonly {
                    readonly name: string;
                    readonly secretName: string;
                }[];
                readonly serviceAccountName?: string;
                readonly targetNamespace?: string;
            };
            readonly notAfterSeconds?: number;
            /**
             * @default Defer
             * @enum {string}
             */
            readonly offline: "Skip" | "Defer" | "CatchUp";
            /**
             * @default Pause
             * @enum {string}
             */
            readonly onFailure: "Pause" | "Rollback" | "Continue";
            /** @default 600 */
            readonly progressDeadlineSeconds: number;
            /** @default {} */
            readonly selector: {
                readonly clusters?: readonly string[];
                readonly fields?: {
                    readonly kubernetesVersion?: string;
                    readonly provider?: string;
                    readonly region?: string;
                    readonly version?: string;
                };
                readonly labels?: string;
                readonly names?: readonly string[];
                readonly namespaces?: readonly string[];
            };
            readonly service: string;
            readonly targetDeadlineSeconds?: number;
            /** @default [] */
            readonly targets: readonly {
                readonly acceptRisks?: readonly string[];
                readonly cluster: string;
                readonly name?: string;
                readonly namespace?: string;
                readonly skip?: boolean;
                readonly version?: string;
            }[];
            /**
             * @default Refuse
             * @enum {string}
             */
            readonly unreachable: "Refuse" | "Skip";
            readonly version?: string;
            readonly versionRange?: string;
            readonly waves: readonly {
                readonly approval?: {
                    readonly expiresAfterSeconds?: number;
                    /** @default [] */
                    readonly roles: readonly string[];
                };
                readonly clusters?: {
                    readonly count: number;
                } | {
                    readonly percent: number;
                } | {
                    readonly selector: {
                        readonly clusters?: readonly string[];
                        readonly fields?: {
                            readonly kubernetesVersion?: string;
                            readonly provider?: string;
                            readonly region?: string;
                            readonly version?: string;
                        };
                        readonly labels?: string;
                    };
                };
                readonly failureBudget?: {
                    readonly count: number;
                } | {
                    readonly percent: number;
                };
                /** @default 10 */
                readonly maxConcurrent: number;
                readonly name?: string;
                /** @default 0 */
                readonly soakSeconds: number;
                readonly verify?: string;
                /** @default 300 */
                readonly verifyDeadlineSeconds: number;
            }[];
            /** @default [] */
            readonly windows: readonly {
                readonly cron: string;
                readonly duration: string;
                readonly timeZone?: string;
            }[];
        };
        /**
         * @example {
         *       "cluster": "bergen",
         *       "namespace": "cert-manager",
         *       "name": "cert-manager",
         *       "wave": "canary",
         *       "state": "Running",
         *       "from": "1.15.3",
         *       "to": "1.16.2",
         *       "version": "1.15.3",
         *       "ready": false,
         *       "check": {
         *         "type": "Checked",
         *         "planHash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
         *         "steps": [
         *           "1.16.2"
         *         ],
         *         "disruptive": false,
         *         "irreversible": false,
         *         "risks": [
         *           "crds-change"
         *         ],
         *         "changes": {
         *           "created": 1,
         *           "changed": 6,
         *           "deleted": 0,
         *           "objects": [
         *             "Deployment cert-manager/cert-manager"
         *           ]
         *         },
         *         "estimatedMs": 42000,
         *         "reasons": []
         *       },
         *       "intentId": "ro-4f1b2b0b822c.0",
         *       "planHash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
         *       "operation": {
         *         "id": "op-7",
         *         "kind": "Upgrade",
         *         "steps": [
         *           {
         *             "from": "1.15.3",
         *             "to": "1.16.2",
         *             "upgrader": "minor",
         *             "direction": "upgrade",
         *             "disruptive": false,
         *             "irreversible": false,
         *             "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
         *           }
         *         ],
         *         "step": 0,
         *         "action": "Apply",
         *         "attempt": 1,
         *         "startedAt": "2026-03-02T09:00:00.000Z"
         *       },
         *       "reasons": []
         *     }
         */
        readonly RolloutTarget: {
            /** @description The agent's own plan, where it is another one than was sent */
            readonly agentPlanHash?: string;
            readonly check?: components["schemas"]["TargetCheck"];
            readonly cluster: string;
            readonly from?: string;
            readonly intentId?: string;
            readonly name: string;
            readonly namespace: string;
            readonly operation?: components["schemas"]["Operation"];
            readonly planHash?: string;
            readonly ready?: boolean;
            readonly reasons: readonly components["schemas"]["Reason"][];
            /** Format: date-time */
            readonly settledAt?: string;
            /** @enum {string} */
            readonly state: "Pending" | "Deferred" | "Sent" | "Waiting" | "Running" | "Succeeded" | "Failed" | "Refused" | "Held" | "Skipped";
            readonly to?: string;
            /** @description Installed now */
            readonly version?: string;
            readonly wave: string;
        };
        /**
         * @example {
         *       "from": "1.15.3",
         *       "to": "1.16.2",
         *       "upgrader": "minor",
         *       "direction": "upgrade",
         *       "disruptive": false,
         *       "irreversible": false,
         *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
         *     }
         */
        readonly Step: {
            readonly digest: string;
            /** @enum {string} */
            readonly direction: "install" | "upgrade" | "downgrade";
            readonly disruptive: boolean;
            readonly from: string | null;
            readonly irreversible: boolean;
            readonly to: string;
            readonly upgrader: string | null;
        };
        /**
         * @description What the cluster's agent said it would do
         * @example {
         *       "type": "Checked",
         *       "planHash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
         *       "steps": [
         *         "1.16.2"
         *       ],
         *       "disruptive": false,
         *       "irreversible": false,
         *       "risks": [
         *         "crds-change"
         *       ],
         *       "changes": {
         *         "created": 1,
         *         "changed": 6,
         *         "deleted": 0,
         *         "objects": [
         *           "Deployment cert-manager/cert-manager"
         *         ]
         *       },
         *       "estimatedMs": 42000,
         *       "reasons": []
         *     }
         */
        readonly TargetCheck: {
            /** @description How the service's manifests change: how many objects, and the first of them */
            readonly changes?: {
                readonly changed: number;
                readonly created: number;
                readonly deleted: number;
                readonly objects: readonly string[];
            };
            readonly disruptive?: boolean;
            /** @description As long as the same took elsewhere; absent: nothing like it was seen */
            readonly estimatedMs?: number;
            readonly irreversible?: boolean;
            readonly planHash?: string;
            readonly reasons: readonly components["schemas"]["Reason"][];
            /** @description Ids */
            readonly risks?: readonly string[];
            /** @description Versions after each */
            readonly steps?: readonly string[];
            /** @enum {string} */
            readonly type: "Asked" | "Checked" | "There" | "Refused" | "Unchecked";
        };
        /**
         * @example {
         *       "service": "cert-manager",
         *       "version": "1.16.2",
         *       "counts": {
         *         "installed": 1,
         *         "reachable": 1,
         *         "blocked": 1
         *       },
         *       "installed": [
         *         {
         *           "cluster": "malmo",
         *           "namespace": "cert-manager",
         *           "name": "cert-manager"
         *         }
         *       ],
         *       "reachable": [
         *         {
         *           "cluster": "bergen",
         *           "namespace": "cert-manager",
         *           "name": "cert-manager",
         *           "steps": 1
         *         }
         *       ],
         *       "blocked": [
         *         {
         *           "cluster": "genoa",
         *           "namespace": "cert-manager",
         *           "name": "cert-manager",
         *           "reasons": [
         *             {
         *               "code": "MissingPermissions",
         *               "message": "the account may not create clusterroles",
         *               "url": "https://example.org/rbac"
         *             }
         *           ]
         *         }
         *       ]
         *     }
         */
        readonly VersionRow: {
            readonly blocked: readonly {
                readonly cluster: string;
                readonly name: string;
                readonly namespace: string;
                readonly reasons: readonly components["schemas"]["Reason"][];
            }[];
            readonly counts: {
                readonly blocked: number;
                readonly installed: number;
                readonly reachable: number;
            };
            readonly installed: readonly {
                readonly cluster: string;
                readonly name: string;
                readonly namespace: string;
            }[];
            readonly reachable: readonly {
                readonly cluster: string;
                readonly name: string;
                readonly namespace: string;
                readonly steps: number;
            }[];
            readonly service: string;
            readonly version: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
