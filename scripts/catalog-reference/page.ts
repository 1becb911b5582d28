/** The page of the reference that says what a catalog holds, from the catalog alone. Pure. */
import { compareVersions } from "@portolan/shared/catalog";
import type { Catalog, Hook, Installer, ServiceDefinition, Upgrader } from "@portolan/shared/catalog";
import { isJsonArray, isJsonObject } from "@portolan/shared/json";
import type { Json, JsonObject } from "@portolan/shared/json";

const INTRODUCTION = `# The catalog that ships

<!-- Generated from catalog/ by scripts/generate-catalog-reference.ts. Do not edit: run \`npm run generate\`. -->

The folder [catalog](../../catalog) holds the services below, written from what the upstream projects publish: release notes, upgrade guides and the sources of their charts. Each file names its sources; what could not be checked is marked
\`unverified\` in it.

- **Config** is the same for all versions of a service; each version maps it to what its chart reads. What a version has no counterpart for is left out of its values, and the description says so. Anything else a chart reads can be set with \`spec.overrides\`.
- **Kubernetes** says where a version can run: from upstream's oldest supported version on, and below the one that no longer serves an API that it needs. Upstream tests each version with the Kubernetes of its time only; newer ones are no obstacle
  but a risk, of each version its own (\`untested-kubernetes-1-18\`).
- **Digest** says whether the catalog pins the chart's archive. Where it does not, pin it in the cluster or accept unpinned charts (see [ADR 0020](../decisions/0020-charts-without-a-digest.md)).
- **Downgrades** are there only where upstream says that they work.
`;

/** The whole page in Markdown. */
export function referencePage({ services }: Catalog): string {
  const ordered = services.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const overview = table(
    ["Service", "Versions", "What it is"],
    ordered.map((service) => {
      const versions = service.installers
        .filter(({ retracted }) => retracted === undefined)
        .map(({ version }) => version)
        .toSorted(compareVersions);
      return [
        `[${service.name}](#${service.name})`,
        `${versions.at(0) ?? ""} to ${versions.at(-1) ?? ""} (${versions.length})`,
        service.description,
      ];
    }),
  );
  return `${[INTRODUCTION.trimEnd(), overview, ...ordered.map(servicePart)].join("\n\n")}\n`;
}

function servicePart(service: ServiceDefinition): string {
  const installers = service.installers.toSorted((a, b) => compareVersions(b.version, a.version));
  const upgraders = service.upgraders.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    `## ${service.name}`,
    service.description,
    `### Config of ${service.name}`,
    table(["Key", "Type", "Default", "Meaning"], configRows(service.config, "")),
    ...(service.secrets.length === 0
      ? []
      : [
          table(
            ["Secret", "Keys", "Meaning"],
            service.secrets.map(({ name, keys, optional, description }) => [
              code(name),
              keys.map(code).join(", "),
              `${description}${optional ? " Optional." : ""}`,
            ]),
          ),
        ]),
    `### Versions of ${service.name}`,
    table(["Version", "Kubernetes", "Requires", "Chart", "Digest", "Retracted"], installers.map(versionRow)),
    `### Routes of ${service.name}`,
    table(["Route", "From", "To", "What it does", "Risks"], upgraders.map(routeRow)),
  ].join("\n\n");
}

function configRows(schema: JsonObject, path: string): readonly (readonly string[])[] {
  const { properties } = schema;
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, property]) => {
    if (!isJsonObject(property)) return [];
    const key = path === "" ? name : `${path}.${name}`;
    const nested = configRows(property, key);
    const fallback = nested.length > 0 || property["default"] === undefined ? "" : code(JSON.stringify(property["default"]));
    return [[code(key), typeOf(property), fallback, textOf(property["description"])], ...nested];
  });
}

function typeOf({ type, enum: values, minimum, maximum, items }: JsonObject): string {
  if (isJsonArray(values)) return values.map((value) => code(JSON.stringify(value))).join(", ");
  if (type === "array" && isJsonObject(items)) return `list of ${typeOf(items)}`;
  const range = typeof minimum === "number" ? ` from ${minimum}${typeof maximum === "number" ? ` to ${maximum}` : ""}` : "";
  return `${textOf(type)}${range}`;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function versionRow({ version, kubernetes = "", requires, deployer, retracted }: Installer): readonly string[] {
  const chart = deployer.type === "helm" ? `${code(deployer.chart)} ${deployer.chartVersion}` : "manifests";
  const digest = deployer.type === "helm" ? (deployer.digest === undefined ? "no" : "yes") : "";
  const retraction = retracted === undefined ? "" : `${retracted.reason}${retracted.url === undefined ? "" : ` ([why](${retracted.url}))`}`;
  return [version, kubernetes, requires.map(({ service, range }) => `${service} ${range}`).join(", "), chart, digest, retraction];
}

function routeRow({ name, direction, from, to, before, after, disruptive, irreversible, risks }: Upgrader): readonly string[] {
  const what = [
    ...(direction === "downgrade" ? ["a downgrade"] : []),
    ...(disruptive ? ["interrupts the service"] : []),
    ...(irreversible ? ["there is no way back"] : []),
    ...(before.length > 0 ? [`before: ${before.map(hookText).join(", ")}`] : []),
    ...(after.length > 0 ? [`after: ${after.map(hookText).join(", ")}`] : []),
  ];
  const notes = risks.map(({ id, message, url }) => `${url === undefined ? code(id) : `[${code(id)}](${url})`}: ${message}`);
  return [code(name), from, to, what.join("; "), notes.join("<br>")];
}

function hookText({ name, action }: Hook): string {
  return `${code(name)} (${action})`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
