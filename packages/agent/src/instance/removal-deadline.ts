/** How long an instance may hold a namespace that is going away. Pure. */

/** ms since the Unix epoch; absent: not being deleted. */
export interface RemovalTimes {
  readonly instanceDeletedAt: number;
  readonly namespaceDeletedAt?: number;
}

/** When the instance is let go of with whatever is left; undefined while nothing but itself waits for it. */
export function letGoAt({ instanceDeletedAt, namespaceDeletedAt }: RemovalTimes, patienceMs: number): number | undefined {
  return namespaceDeletedAt === undefined ? undefined : Math.max(instanceDeletedAt, namespaceDeletedAt) + patienceMs;
}
