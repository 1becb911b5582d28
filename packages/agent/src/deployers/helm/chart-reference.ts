/** Where a chart is, as a catalog writes it and as a cluster's mirrors change it. Pure. */
import { basename, dirname, isAbsolute, join } from "node:path";
import { HelmError } from "./errors.ts";

export type ChartReference =
  /** In an OCI registry. */
  | { readonly kind: "oci"; readonly url: string; readonly name: string }
  /** In a repository with an index.yaml. */
  | { readonly kind: "repository"; readonly url: string; readonly name: string }
  /** An archive at a URL. */
  | { readonly kind: "archive"; readonly url: string; readonly name: string }
  /** In a folder: the archive `<folder>/<name>-<version>.tgz`, or the unpacked chart `<folder>/<name>/`. */
  | { readonly kind: "folder"; readonly path: string; readonly name: string };

/** Charts whose URL begins with `from` are taken from `to` instead. */
export interface ChartMirror {
  readonly from: string;
  readonly to: string;
}

/** A mirror as people write it, `FROM=TO`; undefined: the text is none. */
export function parseMirror(text: string): ChartMirror | undefined {
  const [, from, to] = /^([^=]+)=(.+)$/u.exec(text) ?? [];
  return from === undefined || to === undefined ? undefined : { from, to };
}

const forms =
  "oci://REGISTRY/PATH/CHART, https://REPOSITORY#CHART, https://…/CHART-VERSION.tgz, file:///FOLDER#CHART, or FOLDER#CHART below the chart folder";

/** The chart's URL with the longest prefix that a mirror knows replaced. */
export function mirrored(chart: string, mirrors: readonly ChartMirror[]): string {
  const [best] = mirrors.filter(({ from }) => hasPrefix(chart, from)).toSorted((a, b) => b.from.length - a.from.length);
  return best === undefined ? chart : `${best.to}${chart.slice(best.from.length)}`;
}

/** `oci://ghcr.io` is no prefix of `oci://ghcr.io.example.org`. */
export function hasPrefix(chart: string, prefix: string): boolean {
  return chart.startsWith(prefix) && (prefix.endsWith("/") || chart.length === prefix.length || /[/#:]/u.test(chart.charAt(prefix.length)));
}

/**
 * Reads a chart's reference; folders that are not absolute are below `folder`.
 *
 * @throws HelmError InvalidChartReference
 */
export function parseChartReference(chart: string, folder: string | undefined): ChartReference {
  const [place = "", name = ""] = chart.split("#", 2);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//u.exec(place)?.[1];
  if (scheme === "oci")
    return named({ kind: "oci", url: name === "" ? place : `${withoutSlash(place)}/${name}`, name: name || lastSegment(place) }, chart);
  if (scheme === "http" || scheme === "https") {
    if (name !== "") return named({ kind: "repository", url: place, name }, chart);
    if (place.endsWith(".tgz")) return named({ kind: "archive", url: place, name: archiveName(place) }, chart);
    throw invalid(chart);
  }
  if (scheme !== undefined && scheme !== "file") throw invalid(chart);
  return inFolder(chart, scheme === "file" ? place.slice("file://".length) : place, name, folder);
}

/** A mirror may put a folder in the place of a registry: then the chart is the last part of the path. */
function inFolder(chart: string, place: string, fragment: string, folder: string | undefined): ChartReference {
  const [path, name] = fragment === "" ? [dirname(place), basename(place)] : [place, fragment];
  if (isAbsolute(path)) return named({ kind: "folder", path, name }, chart);
  if (chart.startsWith("file:") || path.split("/").includes("..")) throw invalid(chart);
  if (folder === undefined) {
    throw new HelmError(
      "InvalidChartReference",
      `the chart ${chart} is in a folder of the agent's own charts, and the agent was given none (--chart-folder)`,
    );
  }
  return named({ kind: "folder", path: join(folder, path), name }, chart);
}

function named(reference: ChartReference, chart: string): ChartReference {
  // It becomes a part of a path, and an argument.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/u.test(reference.name)) throw invalid(chart);
  return reference;
}

function invalid(chart: string): HelmError {
  return new HelmError("InvalidChartReference", `expected a chart as ${forms}; found ${JSON.stringify(chart)}`);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/u, "");
}

function lastSegment(url: string): string {
  return withoutSlash(url).split("/").at(-1) ?? "";
}

/** `name-1.2.3.tgz`: a chart's name may hold hyphens, its version begins with a digit. */
function archiveName(url: string): string {
  const file = lastSegment(url).replace(/\.tgz$/u, "");
  return /^(.+?)-v?\d/u.exec(file)?.[1] ?? file;
}
