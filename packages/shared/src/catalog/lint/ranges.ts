import semver from "semver";
import type { VersionRange } from "../mod.ts";
import { installerFile, upgraderFile } from "./finding.ts";
import type { Finding, Rule } from "./finding.ts";

/** Ranges like `>2 <1`, which are well-formed and hold no version at all. */
export const emptyRanges: Rule = ({ service }) => [
  ...service.upgraders.flatMap(({ name, from, to }) => [
    ...emptyRange(from, upgraderFile(service, name), "/from"),
    ...emptyRange(to, upgraderFile(service, name), "/to"),
  ]),
  ...service.installers.flatMap(({ version, kubernetes, requires }) => [
    ...(kubernetes === undefined ? [] : emptyRange(kubernetes, installerFile(service, version), "/kubernetes")),
    ...requires.flatMap(({ range }, index) => emptyRange(range, installerFile(service, version), `/requires/${index}/range`)),
  ]),
];

function emptyRange(range: VersionRange, file: string, path: string): readonly Finding[] {
  if (semver.minVersion(range) !== null) return [];
  return [{ severity: "error", code: "EmptyRange", file, path, message: `${path}: no version can be in ${range}` }];
}

/** Requirements that no version of this catalog meets. A service of another catalog is not looked at. */
export const unmetRequirements: Rule = ({ service, services }) =>
  service.installers.flatMap(({ version, requires }) =>
    requires.flatMap((requirement, index): readonly Finding[] => {
      const required = services.find(({ name }) => name === requirement.service);
      if (
        required === undefined ||
        required.installers.some((installer) => semver.satisfies(installer.version, requirement.range, { includePrerelease: true }))
      )
        return [];
      const message = `${version} requires ${requirement.service} ${requirement.range}, and the catalog has no such version of it`;
      return [
        { severity: "warning", code: "MissingInstaller", file: installerFile(service, version), path: `/requires/${index}`, message },
      ];
    }),
  );
