/** A setting is missing or cannot be used. */
export class ConfigError extends Error {
  readonly code = "InvalidConfiguration";
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}
