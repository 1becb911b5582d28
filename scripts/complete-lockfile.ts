/**
 * `node scripts/complete-lockfile.ts`: run after `npm install` has changed package-lock.json.
 *
 * npm leaves an optional dependency out of the lock file when the registry did not serve it, as mirrors do
 * with the builds of tools for other platforms. `npm ci` then refuses that very lock file, because it does
 * expect them (npm/cli issue 9846, npm 11.16 and later), and machines of those platforms would install
 * without them. This adds the missing ones by what is known: their exact version from the package that
 * asks for them, and their platform from their name. npm keeps these entries afterwards.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const documentSchema = z.record(z.string(), z.unknown());

/** The entries of a lock file by their locations, as they are: what is written back is what was read. */
const packagesSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

export type LockedPackages = z.infer<typeof packagesSchema>;

/** The part of an entry that matters here. */
const entrySchema = z.object({
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

const OPERATING_SYSTEMS = new Set(["android", "darwin", "freebsd", "linux", "openharmony", "win32"]);

/** Names of processors in package names → as Node and npm call them. */
const PROCESSORS: Readonly<Record<string, string>> = {
  x64: "x64",
  arm64: "arm64",
  aarch64: "arm64",
  arm: "arm",
  armv7: "arm",
  ia32: "ia32",
  ppc64: "ppc64",
  riscv64: "riscv64",
  s390x: "s390x",
};

const C_LIBRARIES: Readonly<Record<string, string>> = {
  gnu: "glibc",
  gnueabihf: "glibc",
  musl: "musl",
  musleabihf: "musl",
};

interface Platform {
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** The platform that a package such as `@oxlint/binding-linux-x64-musl` is for. Empty when its name says none. */
export function platformOf(packageName: string): Platform {
  const words = packageName.slice(packageName.indexOf("/") + 1).split("-");
  const os = words.find((word) => OPERATING_SYSTEMS.has(word));
  const [cpu] = words.flatMap((word) => PROCESSORS[word] ?? []);
  const [libc] = words.flatMap((word) => C_LIBRARIES[word] ?? []);
  return {
    ...(os === undefined ? {} : { os: [os] }),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
  };
}

/** Where Node looks for a dependency of the package at `location`, nearest first. */
function lookupLocations(location: string, dependency: string): readonly string[] {
  const locations = [`${location}/node_modules/${dependency}`];
  for (let end = location.lastIndexOf("node_modules/"); end !== -1; end = location.lastIndexOf("node_modules/", end - 1)) {
    locations.push(`${location.slice(0, end)}node_modules/${dependency}`);
    if (end === 0) {
      break;
    }
  }
  return locations;
}

/** The entries of a lock file, with one more for every exactly versioned optional dependency that had none. */
export function completeLockedPackages(locked: LockedPackages): LockedPackages {
  const packages = { ...locked };
  for (const [location, entry] of Object.entries(locked)) {
    const { dev, optionalDependencies } = entrySchema.parse(entry);
    for (const [dependency, version] of Object.entries(optionalDependencies)) {
      const [own = "", beside = own, ...further] = lookupLocations(location, dependency);
      const present = [own, beside, ...further].find((candidate) => packages[candidate] !== undefined);
      const { os, cpu, libc } = platformOf(dependency);
      // Only tools' builds for a platform are asked for by an exact version.
      if (!/^\d+\.\d+\.\d+/u.test(version) || os === undefined || (present !== undefined && packages[present]?.["version"] === version)) {
        continue;
      }
      // Another version stands where this one would: this one goes below the package that asks for it.
      packages[present === undefined ? beside : own] = {
        version,
        ...(cpu === undefined ? {} : { cpu }),
        ...(dev === undefined ? {} : { dev }),
        ...(libc === undefined ? {} : { libc }),
        optional: true,
        os,
      };
    }
  }
  return Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, "en")));
}

if (import.meta.main) {
  const file = join(import.meta.dirname, "../package-lock.json");
  const document = documentSchema.parse(JSON.parse(await readFile(file, "utf8")));
  const before = packagesSchema.parse(document["packages"]);
  const after = completeLockedPackages(before);
  await writeFile(file, `${JSON.stringify({ ...document, packages: after }, undefined, 2)}\n`);
  const added = Object.keys(after).length - Object.keys(before).length;
  process.stdout.write(`package-lock.json: ${added} optional dependencies of other platforms added\n`);
}
