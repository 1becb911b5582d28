import { isBuiltin } from "node:module";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { chmod, writeFile } from "node:fs/promises";
import { build, type BuildOptions, type Plugin } from "esbuild";

const root = join(import.meta.dirname, "../..");

interface Program {
  readonly main: string;
  /** Modules behind an `import()` that few runs need: packed, and neither read nor compiled before that. */
  readonly packed?: RegExp;
  /** Flags of V8, set before anything else runs. */
  readonly v8?: readonly string[];
  /** The first line of the file, by which it starts as a program: with what cannot be set any more when it runs. */
  readonly shebang?: string;
}

/** The programs that are shipped, by the name of their file in `dist/`. */
export const programs = {
  agent: {
    main: "packages/agent/src/main.ts",
    // V8 without any compiler, and of glibc one heap that gives back what is free: 9 MB less.
    shebang:
      "#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_TOP_PAD_=0 MALLOC_TRIM_THRESHOLD_=0 MALLOC_MMAP_THRESHOLD_=16384 node --lite-mode --max-semi-space-size=1",
    packed: /\/client-node\.ts$/,
    // It waits nearly all the time: memory counts, and speed does not. Without optimised code, with a small nursery, a heap that grows in
    // small steps and a collection soon after it has fallen silent it needs half of the memory.
    // None of these may change how functions are parsed: by then they have been, and V8 ends the process where its notes and the second reading differ.
    v8: [
      "--max-semi-space-size=1",
      "--optimize-for-size",
      "--no-opt",
      "--no-maglev",
      "--no-sparkplug",
      "--heap-growing-percent=15",
      "--gc-memory-reducer-start-delay-ms=5000",
      "--bytecode-old-age=1",
    ],
  },
  hub: { main: "packages/hub/src/main.ts" },
  portolan: { main: "packages/cli/src/main.ts" },
} as const satisfies { readonly [name: string]: Program };

export type ProgramName = keyof typeof programs;

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  // The first with `proxyEnv` of node:http.
  target: "node24.5",
  // Names stay, for errors and logs.
  minifyWhitespace: true,
  minifySyntax: true,
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
  write: false,
} as const satisfies BuildOptions;

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

/** Puts modules, with all that they import, into the bundle as compressed text, which is run when they are imported. */
function packed(filter: RegExp): Plugin {
  return {
    name: "packed",
    setup(build) {
      build.onResolve({ filter }, async ({ path, kind, resolveDir, pluginData }) => {
        if (kind !== "dynamic-import" || pluginData === "resolved") return undefined;
        const found = await build.resolve(path, { kind, resolveDir, pluginData: "resolved" });
        return { path: found.path, namespace: "packed" };
      });
      build.onLoad({ filter: /.*/, namespace: "packed" }, async ({ path }) => {
        const { code, exports } = await bundled({ entryPoints: [path] }, 'createRequire("file:///")', []);
        const text = brotliCompressSync(code).toString("base64");
        return {
          contents: [
            'import { brotliDecompressSync } from "node:zlib";',
            `const code = brotliDecompressSync(Buffer.from(${JSON.stringify(text)}, "base64")).toString("base64");`,
            'const module = await import("data:text/javascript;base64," + code);',
            ...exports.map((name) => `export const ${name} = module[${JSON.stringify(name)}];`),
          ].join("\n"),
          resolveDir: root,
          loader: "js",
        };
      });
    },
  };
}

async function bundled(
  entry: Pick<BuildOptions, "entryPoints" | "stdin">,
  require: string,
  plugins: readonly Plugin[],
  first = "",
): Promise<{ readonly code: string; readonly exports: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    ...common,
    ...entry,
    outfile: "bundle.mjs",
    metafile: true,
    plugins: [builtins, ...plugins],
    // For libraries that are CommonJS and require something when they run.
    banner: { js: `${first}const require = process.getBuiltinModule("node:module").${require};` },
  });
  const exports = Object.values(metafile.outputs).flatMap((output) => output.exports);
  return { code: onlyAscii(outputFiles[0]?.text ?? ""), exports };
}

/** One byte a character: with any other, Node keeps the whole source in memory with two. Such stand in regular expressions only. */
function onlyAscii(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Writes a program with everything that it imports into one file, which Node runs without `node_modules`. */
export async function bundle(name: ProgramName, outfile: string): Promise<void> {
  const program: Program = programs[name];
  const v8 = (program.v8 ?? []).map((flag) => `process.getBuiltinModule("node:v8").setFlagsFromString(${JSON.stringify(flag)});`);
  const plugins = program.packed === undefined ? [] : [packed(program.packed)];
  // What is imported while a program runs becomes functions, which V8 reads one by one. Else it takes the whole file apart at once, and a fifth
  // of the agent's memory is what that leaves behind.
  const entry = { stdin: { contents: `await import("./${program.main}");`, resolveDir: root } };
  const { code } = await bundled(entry, "createRequire(import.meta.url)", plugins, v8.join(""));
  const { shebang } = program;
  await writeFile(outfile, shebang === undefined ? code : `${shebang}\n${code}`);
  if (shebang !== undefined) await chmod(outfile, 0o755);
}
