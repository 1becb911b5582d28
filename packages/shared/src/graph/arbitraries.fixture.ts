import * as fc from "fast-check";
import { anInstaller, anUpgrader, aService } from "../catalog/builders.fixture.ts";
import type { Hook, Installer, Risk, ServiceDefinition, Upgrader } from "../catalog/mod.ts";
import { aContext } from "./context.fixture.ts";
import type { ResolveContext } from "./model.ts";

/** Ascending by semver. */
export const VERSIONS = ["1.0.0", "1.1.0", "1.1.1", "1.2.0-rc.1", "1.2.0", "1.3.0", "2.0.0", "2.1.0"] as const;

const RANGES = ["*", ">=1.1", "<1.2", "1.1.x", "^1.0.0", ">=1.2.0-rc.1 <2", "1.0.0 || 2.x", "~1.3", ">=2.0.0", "=1.2.0"];

const arbitraryRange = fc.oneof(fc.constantFrom(...RANGES), fc.constantFrom(...VERSIONS));

const arbitraryRisk: fc.Arbitrary<Risk> = fc.constantFrom(
  { id: "always", message: "always" },
  { id: "never", message: "never", when: "false" },
  { id: "many-nodes", message: "many nodes", when: "cluster.nodes > 3" },
  { id: "region", message: "a fact that is not known", when: "cluster.region == 'eu'" },
);

const arbitraryHooks: fc.Arbitrary<readonly Hook[]> = fc.constantFrom<readonly Hook[]>(
  [],
  [{ name: "stop", timeoutSeconds: 60, action: "scale", target: { apiVersion: "apps/v1", kind: "Deployment", name: "app" }, replicas: 0 }],
  [{ name: "migrate", timeoutSeconds: 300, action: "migrateStorage", crd: "things.example.org" }],
);

/** Undefined most of the time. */
const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 9 }, { arbitrary: value, weight: 1 });

export const arbitraryInstaller = (version: string): fc.Arbitrary<Installer> =>
  fc
    .record({
      retracted: seldom(fc.constant({ reason: "broken" })),
      kubernetes: seldom(fc.constantFrom(">=1.30", ">=1.35", "<1.35")),
      defaults: fc.constantFrom({}, { replicas: 2 }),
    })
    .map(({ retracted, kubernetes, defaults }) =>
      anInstaller(version, {
        ...(retracted === undefined ? {} : { retracted }),
        ...(kubernetes === undefined ? {} : { kubernetes }),
        defaults,
      }),
    );

/** Between versions that are near each other, so that long plans are needed. */
const arbitraryNearRanges = fc.tuple(fc.nat(VERSIONS.length - 1), fc.constantFrom(1, 1, 2), fc.boolean()).map(([index, distance, up]) => {
  const lower = VERSIONS[index] ?? "1.0.0";
  const higher = VERSIONS[index + distance] ?? "2.1.0";
  return up ? ({ direction: "upgrade", from: lower, to: higher } as const) : ({ direction: "downgrade", from: higher, to: lower } as const);
});

const arbitraryWideRanges = fc.record({
  direction: fc.constantFrom("upgrade" as const, "downgrade" as const),
  from: arbitraryRange,
  to: arbitraryRange,
});

export const arbitraryUpgrader = (name: string): fc.Arbitrary<Upgrader> =>
  fc
    .record({
      ranges: fc.oneof({ arbitrary: arbitraryNearRanges, weight: 5 }, { arbitrary: arbitraryWideRanges, weight: 1 }),
      cost: fc.integer({ min: 1, max: 3 }),
      disruptive: fc.boolean(),
      irreversible: fc.boolean(),
      before: arbitraryHooks,
      risks: fc.uniqueArray(arbitraryRisk, { maxLength: 2, selector: ({ id }) => id }),
    })
    .map(({ ranges: { from, to, direction }, ...parts }) => anUpgrader(name, from, to, { direction, ...parts }));

/**
 * Services of six to eight versions and six to twenty upgraders, cycles among them; every version and range is one that the others may
 * meet.
 */
export const arbitraryService: fc.Arbitrary<ServiceDefinition> = fc
  .tuple(fc.subarray([...VERSIONS], { minLength: 6 }), fc.integer({ min: 6, max: 20 }))
  .chain(([versions, upgraders]) =>
    fc.record({
      installers: fc.tuple(...versions.map(arbitraryInstaller)),
      upgraders: fc.tuple(...Array.from({ length: upgraders }, (_, index) => arbitraryUpgrader(`upgrader-${index}`))),
    }),
  )
  .map(aService);

/** Clusters that differ in what risks ask for. */
export const arbitraryContext: fc.Arbitrary<ResolveContext> = fc.constantFrom(
  aContext(),
  aContext({ cluster: { name: "small", kubernetesVersion: "v1.34.2-gke.104", labels: {}, nodes: 1 } }),
  aContext({ cluster: { name: "large", kubernetesVersion: "v1.35.0", labels: {}, nodes: 9, region: "eu" } }),
);
