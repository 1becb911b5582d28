import { renderObjectTemplate, renderTemplate, ExpressionError } from "../../expression/mod.ts";
import type { Scope } from "../../expression/mod.ts";
import { factsJson } from "../../graph/mod.ts";
import { isJsonObject, validatorOf } from "../../json/mod.ts";
import type { Json, JsonObject } from "../../json/mod.ts";
import { effectiveValues, placeholderSecrets, renderObjects } from "../../values/mod.ts";
import type { RenderedObject, ValuesInput } from "../../values/mod.ts";
import type { Hook, Installer, ManifestTemplate, ServiceDefinition } from "../mod.ts";
import { installerFile, serviceFile, some, upgraderFile } from "./finding.ts";
import type { Finding, Rule, Subject } from "./finding.ts";

/** A config to try a service with. */
interface Example {
  /** For messages: `example 1`. */
  readonly name: string;
  readonly config: JsonObject;
}

/** The examples that fit the schema; the empty config where there are none and it fits. */
function usableExamples(service: ServiceDefinition): readonly Example[] {
  const examples = service.examples.map((config, index): Example => ({ name: `example ${index + 1}`, config }));
  const candidates = examples.length > 0 ? examples : [{ name: "an empty config", config: {} }];
  return candidates.filter(({ config }) => validatorOf(service.config)(config).problems.length === 0);
}

/** Examples that do not fit the service's own schema. */
export const invalidExamples: Rule = ({ service }) =>
  service.examples.flatMap((config, index) =>
    validatorOf(service.config)(config).problems.map((problem): Finding => ({
      severity: "error",
      code: "InvalidExample",
      file: serviceFile(service),
      path: `/examples/${index}${problem.path}`,
      message: `example ${index + 1}: ${problem.message}`,
    })),
  );

/** Versions whose mapping or manifests fail with an example. */
export const failingVersions: Rule = ({ service }) =>
  service.installers.flatMap((installer) => {
    const findings = usableExamples(service).flatMap((example) => tryVersion(service, installer, example));
    return distinct(findings);
  });

function tryVersion(service: ServiceDefinition, installer: Installer, example: Example): readonly Finding[] {
  const file = installerFile(service, installer.version);
  const result = effectiveValues(service, installer, inputOf(service, installer.version, example));
  if (!result.valid) {
    return result.problems.map(({ path, message }) => ({
      severity: "error",
      code: "MappingFails",
      file,
      path,
      message: `${example.name}: ${message}`,
    }));
  }
  if (installer.deployer.type !== "manifests") return [];
  const rendered = renderObjects(installer.deployer.objects, result.scope);
  if (!rendered.valid) {
    return rendered.problems.map(({ path, message }) => ({
      severity: "error",
      code: "ManifestFails",
      file,
      path,
      message: `${example.name}: ${message}`,
    }));
  }
  return duplicateObjects(rendered.objects, file);
}

function duplicateObjects(objects: readonly RenderedObject[], file: string): readonly Finding[] {
  const sources = new Map<string, string[]>();
  for (const { source, object } of objects) {
    const { apiVersion, kind, metadata } = object;
    const { name, namespace } = isJsonObject(metadata) ? metadata : {};
    const key = [apiVersion, kind, namespace, name].filter((part) => typeof part === "string").join(" ");
    sources.set(key, [...(sources.get(key) ?? []), source]);
  }
  return [...sources]
    .filter(([, from]) => from.length > 1)
    .map(([key, from]) => ({ severity: "error", code: "DuplicateObject", file, message: `${key} is there more than once: ${some(from)}` }));
}

/** Upgraders whose hooks cannot be rendered with the values of a version that they lead to. */
export const failingHooks: Rule = (subject) =>
  subject.graph.routes.flatMap((route) => {
    const { upgrader } = route;
    const target = subject.graph.nodes.get(subject.graph.versions[route.to.at(-1) ?? -1] ?? "")?.installer;
    if (target === undefined) return [];
    return distinct(
      usableExamples(subject.service).flatMap((example) =>
        tryHooks(subject, upgrader.name, [...upgrader.before, ...upgrader.after], target, example),
      ),
    );
  });

function tryHooks({ service }: Subject, upgrader: string, hooks: readonly Hook[], target: Installer, example: Example): readonly Finding[] {
  const result = effectiveValues(service, target, inputOf(service, target.version, example));
  if (!result.valid) return [];
  return hooks.flatMap((hook) =>
    hookFailures(hook, result.scope).map((message): Finding => {
      const text = `hook ${hook.name}, ${example.name}, to ${target.version}: ${message}`;
      return { severity: "error", code: "ManifestFails", file: upgraderFile(service, upgrader), message: text };
    }),
  );
}

function hookFailures(hook: Hook, scope: Scope): readonly string[] {
  switch (hook.action) {
    case "apply":
      return objectFailures(hook.objects, scope);
    case "job":
      return templateFailures(() => renderObjectTemplate(hook.job, scope, "manifest"));
    case "patch":
      return [...targetFailures({ ...hook.target }, scope), ...templateFailures(() => renderTemplate(hook.patch, scope, "manifest"))];
    case "delete": {
      const { labels = {}, ...target } = hook.target;
      return [...targetFailures(target, scope), ...targetFailures(labels, scope)];
    }
    case "scale":
    case "wait":
      return targetFailures({ ...hook.target }, scope);
    case "migrateStorage":
      return [];
  }
}

function objectFailures(objects: readonly ManifestTemplate[], scope: Scope): readonly string[] {
  const rendered = renderObjects(objects, scope);
  return rendered.valid ? [] : rendered.problems.map(({ message }) => message);
}

function targetFailures(target: { readonly [key: string]: string }, scope: Scope): readonly string[] {
  return templateFailures(() => renderObjectTemplate(target, scope, "manifest"));
}

function templateFailures(render: () => Json): readonly string[] {
  try {
    render();
    return [];
  } catch (error) {
    if (error instanceof ExpressionError) return [error.message];
    throw error;
  }
}

/** What an expression may count on: facts that every cluster has, and secrets with all of their keys. */
function inputOf(service: ServiceDefinition, version: string, { config }: Example): ValuesInput {
  return {
    config,
    secrets: placeholderSecrets(service.secrets),
    cluster: factsJson({ name: "example", kubernetesVersion: "v1.34.0", labels: {} }),
    release: { name: "example", namespace: "default", service: service.name, version, instance: "default/example" },
  };
}

/** The same finding from several examples is one. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ code, path, message }) => {
    const key = JSON.stringify([code, path, message.replace(/^example \d+: /, "")]);
    return !seen.has(key) && seen.add(key);
  });
}
