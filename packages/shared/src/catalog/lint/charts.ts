import { installerFile } from "./finding.ts";
import type { Rule } from "./finding.ts";

/** Charts without a digest. A chart's server may give another archive under the same version at any time. */
export const unpinnedCharts: Rule = ({ service }) =>
  service.installers.flatMap(({ version, deployer }) =>
    deployer.type === "helm" && deployer.digest === undefined
      ? [
          {
            severity: "warning",
            code: "UnpinnedChart",
            file: installerFile(service, version),
            path: "/deployer",
            message: `the chart of ${version} has no digest: a cluster must pin it itself, or accept unpinned charts`,
          },
        ]
      : [],
  );
