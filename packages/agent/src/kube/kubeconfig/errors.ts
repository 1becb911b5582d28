export type KubeConfigErrorCode =
  /** The file cannot be read or is no kubeconfig. */
  | "Unreadable"
  /** Nothing was given and nothing was found. */
  | "NotFound"
  /** It names no cluster to talk to. */
  | "NoCluster"
  /** It asks for something that this client does not do. */
  | "Unsupported"
  /** The credentials that it describes could not be had: a token file, an exec plugin, a certificate. */
  | "Credentials";

/** The way to the API server is not clear. Its message never holds a credential. */
export class KubeConfigError extends Error {
  override readonly name = "KubeConfigError";
  readonly code: KubeConfigErrorCode;

  constructor(code: KubeConfigErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
