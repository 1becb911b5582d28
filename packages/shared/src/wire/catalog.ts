/** A published catalog: the message on the subject `catalog.<digest>`. */
import { required, requiredText } from "./checks.ts";
import { WireError } from "./errors.ts";
import { portolan } from "./generated/portolan.js";
import { MESSAGE_LIMITS, TEXT_LIMITS } from "./limits.ts";
import { fromBytes, toBytes } from "./protobuf.ts";

export interface CatalogDocument {
  /** Given at publishing, for people. */
  readonly name: string;
  /** Canonical JSON of the catalog; its SHA-256 is the last token of the subject. The receiver checks it. */
  readonly content: Uint8Array;
}

/** @throws {WireError} */
export function encodeCatalogDocument(document: CatalogDocument): Uint8Array {
  return toBytes(
    portolan.v1.CatalogDocument,
    { name: requiredText(document.name, "name", TEXT_LIMITS.token), content: checkedContent(document.content) },
    MESSAGE_LIMITS.catalogDocument,
  );
}

/** @throws {WireError} */
export function decodeCatalogDocument(bytes: Uint8Array): CatalogDocument {
  const proto = fromBytes(portolan.v1.CatalogDocument, bytes, MESSAGE_LIMITS.catalogDocument);
  return {
    name: requiredText(proto.name, "name", TEXT_LIMITS.token),
    content: Uint8Array.from(checkedContent(proto.content)),
  };
}

function checkedContent(content: Uint8Array | undefined): Uint8Array {
  const found = required(content, "content");
  if (found.length === 0) throw new WireError("MissingField", "content", "must not be empty");
  if (found.length > MESSAGE_LIMITS.catalogContent) {
    throw new WireError("TooLarge", "content", `${found.length} bytes, at most ${MESSAGE_LIMITS.catalogContent} are allowed`);
  }
  return found;
}
