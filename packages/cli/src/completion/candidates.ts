import type { Argument, Command, Option } from "commander";

/** A word that could stand at the cursor. */
export interface Candidate {
  readonly word: string;
  readonly meaning?: string;
}

/** Things that only a hub, or the config file, knows. */
export type Asked = { readonly kind: NamedKind | "contexts" } | { readonly kind: "versions"; readonly service: string };

/** What a hub knows by name. */
export type NamedKind = "clusters" | "namespaces" | "services" | "instances" | "rollouts" | "catalogs";

/** What could stand at the cursor; `asked` names what has to be looked up. */
export interface Candidates {
  readonly known: readonly Candidate[];
  readonly asked?: Asked;
  /** What stands before the part that is completed: of a list with commas the items before. */
  readonly prefix?: string;
}

const NONE: Candidates = { known: [] };

/**
 * What could stand in the place of the last word. Pure.
 *
 * @param words of the line after the program's name, the last one as far as it was typed
 */
export function candidatesFor(program: Command, words: readonly string[]): Candidates {
  const current = words.at(-1) ?? "";
  const { command, positional, pending } = read(program, words.slice(0, -1));
  if (pending !== undefined) {
    return ofOption(pending, current);
  }
  const [option, value] = splitOption(command, current);
  if (option !== undefined && value !== undefined) {
    const found = ofOption(option, value);
    return { ...found, prefix: `${current.slice(0, current.indexOf("=") + 1)}${found.prefix ?? ""}` };
  }
  if (current.startsWith("-")) {
    return { known: optionsOf(command).flatMap(describeOption) };
  }
  const visible = command.createHelp().visibleCommands(command);
  if (visible.length > 0 && positional.length === 0) {
    return { known: visible.map((each) => ({ word: each.name(), meaning: each.description() })) };
  }
  const argument = command.registeredArguments[Math.min(positional.length, command.registeredArguments.length - 1)];
  return argument === undefined || (positional.length >= command.registeredArguments.length && !argument.variadic)
    ? NONE
    : ofArgument(command, argument, positional);
}

interface Line {
  readonly command: Command;
  readonly positional: readonly string[];
  /** It takes the word at the cursor. */
  readonly pending?: Option;
}

function read(program: Command, words: readonly string[]): Line {
  let command = program;
  const positional: string[] = [];
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
    } else if (word.startsWith("-") && word !== "-") {
      const option = optionsOf(command).find(({ long, short }) => word === long || word === short);
      pending = option?.required === true ? option : undefined;
    } else {
      const next = positional.length === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (next === undefined) {
        positional.push(word);
      } else {
        command = next;
      }
    }
  }
  return { command, positional, ...(pending === undefined ? {} : { pending }) };
}

/** Those of the command and of all above it. */
function optionsOf(command: Command): readonly Option[] {
  const own = command.createHelp().visibleOptions(command);
  return command.parent === null
    ? own
    : [...own, ...optionsOf(command.parent).filter(({ long }) => own.every((each) => each.long !== long))];
}

function splitOption(command: Command, word: string): [option?: Option, value?: string] {
  const at = word.indexOf("=");
  const option = at === -1 ? undefined : optionsOf(command).find(({ long, required }) => required && long === word.slice(0, at));
  return option === undefined ? [] : [option, word.slice(at + 1)];
}

function describeOption({ long, short, description }: Option): readonly Candidate[] {
  const word = long ?? short;
  return word === undefined ? [] : [{ word, meaning: description }];
}

const OF_OPTION: { readonly [long: string]: NamedKind | "contexts" } = {
  "--clusters": "clusters",
  "--cluster": "clusters",
  "--namespace": "namespaces",
  "--service": "services",
  "--rollout": "rollouts",
  "--hub-context": "contexts",
};

function ofOption({ long, argChoices }: Option, current: string): Candidates {
  const kind = OF_OPTION[long ?? ""];
  const before = long === "--clusters" ? current.slice(0, current.lastIndexOf(",") + 1) : "";
  return {
    known: (argChoices ?? []).map((word) => ({ word })),
    ...(kind === undefined ? {} : { asked: { kind } }),
    ...(before === "" ? {} : { prefix: before }),
  };
}

/** By what an argument is called; of one that is just a name its command says of what. */
const OF_ARGUMENT: { readonly [name: string]: NamedKind | "contexts" } = {
  service: "services",
  cluster: "clusters",
  context: "contexts",
  rollout: "rollouts",
  instance: "instances",
  catalog: "catalogs",
  targets: "instances",
  what: "services",
};

function ofArgument(command: Command, argument: Argument, positional: readonly string[]): Candidates {
  const known = (argument.argChoices ?? []).map((word) => ({ word }));
  const [service] = positional;
  // What a catalog in a folder holds, no hub knows.
  if (command.registeredArguments.some((each) => each.name() === "dir")) {
    return { known };
  }
  if (argument.name() === "version") {
    return service === undefined ? { known } : { known, asked: { kind: "versions", service } };
  }
  const kind = OF_ARGUMENT[argument.name()];
  return kind === undefined ? { known } : { known, asked: { kind } };
}
