import { CliError, listNearest } from "../errors/mod.ts";

/** A hub, by the name that a person gives it. */
export interface HubContext {
  readonly name: string;
  /** Address of the hub. */
  readonly server: string;
}

export interface CliConfig {
  /** Name of the context that is used where no other is named. */
  readonly currentContext?: string;
  readonly contexts: readonly HubContext[];
}

/** @throws CliError UnknownContext */
export function contextNamed({ contexts }: CliConfig, name: string): HubContext {
  const found = contexts.find((context) => context.name === name);
  if (found === undefined) {
    const names = contexts.map((context) => context.name);
    throw new CliError("UnknownContext", `there is no context ${name}`, {
      ...(names.length === 0 ? {} : { details: [`contexts: ${listNearest(name, names)}`] }),
      hint: `make it with: portolan config set-context ${name} URL`,
    });
  }
  return found;
}

export function currentContext(config: CliConfig): HubContext | undefined {
  return config.currentContext === undefined ? undefined : contextNamed(config, config.currentContext);
}

/** Adds a context, or gives it another address. The first one becomes the current one. */
export function withContext(config: CliConfig, context: HubContext): CliConfig {
  const others = config.contexts.filter(({ name }) => name !== context.name);
  const contexts = [...others, context].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { currentContext: context.name, ...config, contexts };
}

/** @throws CliError UnknownContext */
export function withCurrent(config: CliConfig, name: string): CliConfig {
  return { ...config, currentContext: contextNamed(config, name).name };
}

/** Forgets a context; without the current one there is none. @throws CliError UnknownContext */
export function withoutContext(config: CliConfig, name: string): CliConfig {
  contextNamed(config, name);
  const { currentContext: current, contexts } = config;
  return {
    ...(current === undefined || current === name ? {} : { currentContext: current }),
    contexts: contexts.filter((context) => context.name !== name),
  };
}
