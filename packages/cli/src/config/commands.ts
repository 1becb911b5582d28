import { CliError } from "../errors/mod.ts";
import { formatDocument, note, printItems, type Console, type ListFormat, type View } from "../output/mod.ts";
import { configPath, readConfig, writeConfig } from "./config-file.ts";
import { currentContext, withContext, withCurrent, withoutContext, type CliConfig, type HubContext } from "./contexts.ts";

interface ListedContext extends HubContext {
  readonly current: boolean;
}

const contextView: View<ListedContext> = {
  plural: "contexts",
  name: ({ name }) => name,
  columns: [
    { header: "CURRENT", cell: ({ current }) => (current ? "*" : "") },
    { header: "NAME", cell: ({ name }) => name },
    { header: "SERVER", cell: ({ server }) => server },
  ],
};

export async function getContexts(console: Console, output: ListFormat): Promise<void> {
  const { currentContext: current, contexts } = await read(console);
  await printItems(console, output, contextView, { items: contexts.map((context) => ({ ...context, current: context.name === current })) });
}

/** @throws CliError NoContext */
export async function showCurrentContext(console: Console): Promise<void> {
  const current = currentContext(await read(console));
  if (current === undefined) {
    throw new CliError("NoContext", "there is no current context", { hint: "choose one with: portolan config use-context NAME" });
  }
  console.out.write(`${current.name}\n`);
}

export async function useContext(console: Console, name: string): Promise<void> {
  await change(console, (config) => withCurrent(config, name));
  note(console, `context ${name} is the current one`);
}

export async function setContext(console: Console, context: HubContext): Promise<void> {
  await change(console, (config) => withContext(config, context));
  note(console, `context ${context.name} is ${context.server}`);
}

export async function deleteContext(console: Console, name: string): Promise<void> {
  await change(console, (config) => withoutContext(config, name));
  note(console, `context ${name} is forgotten`);
}

export async function showConfig(console: Console, output: "yaml" | "json"): Promise<void> {
  console.out.write(await formatDocument(await read(console), output));
}

async function read({ env }: Console): Promise<CliConfig> {
  return await readConfig(configPath(env));
}

async function change(console: Console, decide: (config: CliConfig) => CliConfig): Promise<void> {
  await writeConfig(configPath(console.env), decide(await read(console)));
}
