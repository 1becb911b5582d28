/** Which way imports may point between the packages, and who alone may use a library. */

/** Packages of the workspace that a package may import; everything else is out of its reach. */
export const mayImport: { readonly [name: string]: readonly string[] } = {
  shared: [],
  agent: ["shared"],
  hub: ["shared"],
  cli: ["shared", "agent"],
  simulator: ["shared", "agent"],
};

/** Libraries that only one place may import, so that they can be replaced there. */
export const onlyIn: readonly { readonly library: RegExp; readonly place: RegExp; readonly why: string }[] = [
  {
    library: /^@nats-io\//u,
    place: /^(packages\/shared\/src\/bus\/|test\/)/u,
    why: "NATS stands behind the bus adapter",
  },
  {
    library: /^@marcbachmann\/cel-js$/u,
    place: /^packages\/shared\/src\/expression\//u,
    why: "CEL stands behind the expression adapter",
  },
  {
    library: /^@kubernetes\/client-node$/u,
    place: /^(packages\/agent\/src\/kube\/kubeconfig\/|test\/)/u,
    why: "kubeconfigs are read in one place",
  },
];

/** What the core must not know of: Kubernetes and HTTP. */
export const forbiddenInShared = /^(@kubernetes\/|undici$|hono($|\/)|@hono\/|node:https?$|node:http2$)/u;

/** One import that points the wrong way. */
export interface Violation {
  readonly file: string;
  readonly specifier: string;
  readonly why: string;
}

/**
 * Whether an import is allowed. Paths are relative to the root, with forward slashes.
 *
 * @param target the file that a relative specifier names; undefined for a package
 */
export function judgeImport(file: string, specifier: string, target: string | undefined): Violation | undefined {
  const why = target === undefined ? judgePackage(file, specifier) : judgeRelative(file, target);
  return why === undefined ? undefined : { file, specifier, why };
}

function judgeRelative(file: string, target: string): string | undefined {
  const from = packageOf(file);
  const to = packageOf(target);
  if (to !== undefined && from !== to) return `packages are imported by name, and this reaches into packages/${to}`;
  if (from !== undefined && to === undefined) return "a package must not reach outside of itself";
  return undefined;
}

function judgePackage(file: string, specifier: string): string | undefined {
  const from = packageOf(file);
  const own = /^@portolan\/([a-z]+)/u.exec(specifier)?.[1];
  if (own !== undefined && from !== undefined && own !== from && mayImport[from]?.includes(own) !== true) {
    return `${from} may import ${mayImport[from]?.join(", ") || "no other package"}`;
  }
  if (own !== undefined && own === from) return "a package imports itself by relative paths";
  if (from === "shared" && forbiddenInShared.test(specifier)) return "the core knows neither Kubernetes nor HTTP";
  const rule = onlyIn.find(({ library, place }) => library.test(specifier) && !place.test(file));
  return rule?.why;
}

function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//u.exec(path)?.[1];
}
