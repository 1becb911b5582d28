/** What can be wrong with a piece of a catalog. The piece is left out, the others are there. */
export type CatalogProblemCode =
  /** The file or folder cannot be read. */
  | "Unreadable"
  /** The text is no YAML or JSON, or one that is not accepted (alias bombs, forbidden keys, too deep). */
  | "Malformed"
  | "TooLarge"
  /** A field is missing, unknown, or of the wrong type or form. */
  | "InvalidField"
  | "InvalidVersion"
  | "InvalidRange"
  | "InvalidName"
  | "InvalidExpression"
  | "InvalidSchema"
  /** Two things have the same name or version. */
  | "Duplicate"
  /** A file name in a definition leads out of the service's folder, or to nothing. */
  | "InvalidFile";

export interface CatalogProblem {
  readonly code: CatalogProblemCode;
  /**
   * The file, relative to the catalog's folder; for a published document the place that the definition would have there:
   * `cert-manager/installers/1.2.0.yaml`.
   */
  readonly file: string;
  /** JSON Pointer inside of the file. */
  readonly path?: string;
  /** One sentence for a person. */
  readonly message: string;
}
