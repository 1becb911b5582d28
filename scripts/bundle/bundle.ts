import { isBuiltin } from "node:module";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const root = join(import.meta.dirname, "../..");

/** The programs that are shipped, by the name of their file in `dist/`. */
export const programs = {
  agent: "packages/agent/src/main.ts",
  hub: "packages/hub/src/main.ts",
  portolan: "packages/cli/src/main.ts",
} as const;

export type ProgramName = keyof typeof programs;

/**
 * Node's own modules as plain objects. An `import` of one makes Node read all its exports, and some are only loaded when they are read:
 * `node:http` then brings a whole second HTTP client, 16 MB of it in memory.
 */
const builtins: Plugin = {
  name: "builtins",
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path }) => {
      if (!isBuiltin(path)) return undefined;
      return { path: path.startsWith("node:") ? path : `node:${path}`, namespace: "builtin" };
    });
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

/** Writes a program with everything that it imports into one file, which Node runs without `node_modules`. */
export async function bundle(name: ProgramName, outfile: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [programs[name]],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.19",
    minify: true,
    // Errors and logs show names.
    keepNames: true,
    // One byte a character: with any other, Node keeps the whole source in memory with two.
    charset: "ascii",
    legalComments: "none",
    logLevel: "warning",
    plugins: [builtins],
    // For libraries that are CommonJS and require something when they run.
    banner: { js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);' },
  });
}
