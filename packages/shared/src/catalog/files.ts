import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import type { Json } from "../json/mod.ts";
import type { CatalogProblemCode } from "./problems.ts";
import { MAX_FILE_BYTES, readYaml, YamlError } from "./yaml.ts";

/** A file of a catalog cannot be used. */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly code: CatalogProblemCode;
  /** JSON Pointer inside of the file. */
  readonly path: string;
  constructor(code: CatalogProblemCode, message: string, path = "") {
    super(message);
    this.code = code;
    this.path = path;
  }
}

const MAX_FILES = 10_000;

/** Reads the YAML files of one service's folder, each once, and none outside of the catalog. */
export class FolderReader {
  readonly #root: string;
  readonly #documents = new Map<string, Promise<readonly Json[]>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Names of the YAML files of a subfolder, ascending; none when there is no such folder. */
  async yamlFiles(folder: string): Promise<readonly string[]> {
    let entries: readonly string[];
    try {
      entries = await readdir(join(this.#root, folder));
    } catch (error) {
      if (errorCode(error) === "ENOENT") return [];
      throw new FileError("Unreadable", `the folder cannot be read: ${errorCode(error)}`);
    }
    const names = entries.filter((name) => /\.ya?ml$/.test(name) && !name.startsWith(".")).sort();
    if (names.length > MAX_FILES) throw new FileError("TooLarge", `more than ${MAX_FILES} files`);
    return names;
  }

  /** The one document of a file. */
  async document(file: string): Promise<Json> {
    const documents = await this.documents(file);
    const [document] = documents;
    if (documents.length !== 1 || document === undefined)
      throw new FileError("Malformed", `expected one YAML document, found ${documents.length}`);
    return document;
  }

  /** All documents of a file, whose name is relative to the service's folder. */
  documents(file: string): Promise<readonly Json[]> {
    let documents = this.#documents.get(file);
    if (documents === undefined) {
      documents = this.#read(file);
      this.#documents.set(file, documents);
    }
    return documents;
  }

  async #read(file: string): Promise<readonly Json[]> {
    if (!isPlainRelative(file))
      throw new FileError(
        "InvalidFile",
        `expected a file name relative to the service's folder, without .., found ${JSON.stringify(file)}`,
      );
    const text = await this.#text(file);
    try {
      return readYaml(text);
    } catch (error) {
      if (error instanceof YamlError) throw new FileError(error.code, error.message, error.path);
      throw error;
    }
  }

  async #text(file: string): Promise<string> {
    const name = join(this.#root, file);
    let bytes: Buffer;
    try {
      // Symbolic links are followed, but not out of the catalog.
      const catalog = await realpath(dirname(this.#root));
      const real = await realpath(name);
      if (!real.startsWith(`${catalog}${sep}`)) throw new FileError("InvalidFile", `${file} leads out of the catalog`);
      const { size, ...status } = await stat(real).then((found) => ({ size: found.size, isFile: found.isFile() }));
      if (!status.isFile) throw new FileError("InvalidFile", `${file} is no regular file`);
      if (size > MAX_FILE_BYTES) throw new FileError("TooLarge", `${file} has ${size} bytes, ${MAX_FILE_BYTES} are allowed`);
      bytes = await readFile(real);
    } catch (error) {
      if (error instanceof FileError) throw error;
      const code = errorCode(error);
      throw new FileError(
        code === "ENOENT" ? "InvalidFile" : "Unreadable",
        code === "ENOENT" ? `${file} does not exist` : `${file} cannot be read: ${code}`,
      );
    }
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      // The only error of a fatal decoder.
      throw new FileError("Malformed", `${file} is not UTF-8`);
    }
  }
}

function isPlainRelative(file: string): boolean {
  return file !== "" && !/[\\\0]/.test(file) && file.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";
}
