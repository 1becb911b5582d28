import { parse, YAMLError } from "yaml";
import { isFields, type Fields } from "../fields/mod.ts";

const actions = ["install", "upgrade", "downgrade", "configure", "remove"] as const;

export type Action = (typeof actions)[number];

/** What is allowed. An absent list allows everything of its kind, an empty one nothing. */
export interface ClusterPolicy {
  readonly services?: readonly string[];
  /** Of the instance, and of its service's objects. */
  readonly namespaces?: readonly string[];
  readonly actions?: readonly Action[];
  /** Whether the service may be interrupted. */
  readonly disruptive: boolean;
  /** Whether steps may be taken that cannot be undone. */
  readonly irreversible: boolean;
}

/** The policy cannot be understood: until it is mended, nothing is allowed. */
export class PolicyError extends Error {
  readonly code = "PolicyInvalid";
  constructor(message: string) {
    super(message);
    this.name = "PolicyError";
  }
}

const fields = ["services", "namespaces", "actions", "disruptive", "irreversible"];

/**
 * Reads a policy. What it does not know is an error: a misspelt restriction must not be none.
 *
 * @throws PolicyError with the place, what was expected and what was found
 */
export function parseClusterPolicy(text: string): ClusterPolicy {
  const document = read(text);
  if (!isFields(document)) throw new PolicyError(`expected a mapping with the field allow, found ${found(document)}`);
  onlyKnown(document, "", ["allow"]);
  const allow = document["allow"];
  if (!isFields(allow)) throw new PolicyError(`allow: expected a mapping, found ${found(allow)}`);
  onlyKnown(allow, "allow.", fields);
  const services = names(allow, "services");
  const namespaces = names(allow, "namespaces");
  const listed = names(allow, "actions")?.map(asAction);
  return {
    ...(services === undefined ? {} : { services }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(listed === undefined ? {} : { actions: listed }),
    disruptive: flag(allow, "disruptive"),
    irreversible: flag(allow, "irreversible"),
  };
}

function read(text: string): unknown {
  try {
    const document: unknown = parse(text, { maxAliasCount: 0 });
    return document;
  } catch (error) {
    if (error instanceof YAMLError || error instanceof ReferenceError) throw new PolicyError(`expected YAML: ${error.message}`);
    throw error;
  }
}

function onlyKnown(object: Fields, path: string, known: readonly string[]): void {
  const unknown = Object.keys(object).find((field) => !known.includes(field));
  if (unknown !== undefined) throw new PolicyError(`${path}${unknown}: expected one of ${known.join(", ")}`);
}

function names(allow: Fields, field: string): readonly string[] | undefined {
  const value = allow[field];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new PolicyError(`allow.${field}: expected a list of names, found ${found(value)}`);
  return value.map((name: unknown, index) => {
    if (typeof name !== "string" || name === "") throw new PolicyError(`allow.${field}[${index}]: expected a name, found ${found(name)}`);
    return name;
  });
}

function asAction(name: string, index: number): Action {
  const action = actions.find((known) => known === name);
  if (action === undefined) throw new PolicyError(`allow.actions[${index}]: expected one of ${actions.join(", ")}, found ${found(name)}`);
  return action;
}

function flag(allow: Fields, field: string): boolean {
  const value = allow[field] ?? true;
  if (typeof value !== "boolean") throw new PolicyError(`allow.${field}: expected true or false, found ${found(value)}`);
  return value;
}

function found(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 100);
}
