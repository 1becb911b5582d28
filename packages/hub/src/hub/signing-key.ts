import { readFile, writeFile } from "node:fs/promises";
import { generateKeyPair, loadSigningKey, SigningError, type SigningKey } from "@portolan/shared/signing";

/** The file with the hub's signing key cannot be used. */
export class SigningKeyUnusable extends Error {
  readonly code = "SigningKeyUnusable";

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(
      `the signing key in ${file} cannot be used: ${problem}; expected an Ed25519 private key as PKCS#8 PEM, or no file (one is made then)`,
      options,
    );
    this.name = "SigningKeyUnusable";
  }
}

/**
 * Reads the key that signs intent documents; makes one, readable by its owner only, when there is no file.
 *
 * @throws SigningKeyUnusable
 */
export async function signingKeyFrom(file: string): Promise<SigningKey> {
  try {
    return loadSigningKey(await readOrCreate(file));
  } catch (error) {
    if (error instanceof SigningError) {
      throw new SigningKeyUnusable(file, error.message);
    }
    throw new SigningKeyUnusable(file, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function readOrCreate(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (!isMissing(error)) {
      throw error;
    }
  }
  const { privateKeyPem } = generateKeyPair();
  // "wx": when somebody else makes it at the same moment, theirs is not overwritten.
  await writeFile(file, privateKeyPem, { mode: 0o600, flag: "wx" });
  return privateKeyPem;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
