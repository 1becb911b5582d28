import { checkTemplate, compile, ExpressionError } from "../expression/mod.ts";
import type { ExpressionUse } from "../expression/mod.ts";
import { childPointer, compileSchema, SchemaError } from "../json/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";
import type { Hook, Installer, ManifestTemplate, Upgrader } from "./model.ts";
import type { CatalogProblem } from "./problems.ts";

/** A problem inside of one piece. */
export type Mistake = Omit<CatalogProblem, "file">;

/** What is wrong with a JSON Schema. */
export function schemaMistakes(schema: JsonObject, path: string): readonly Mistake[] {
  try {
    compileSchema(schema);
    return [];
  } catch (error) {
    if (error instanceof SchemaError) return [{ code: "InvalidSchema", path, message: `${path}: ${error.message}` }];
    throw error;
  }
}

/** Expressions and schemas of an installer that can never work. */
export function installerMistakes(installer: Installer): readonly Mistake[] {
  return [
    ...(installer.valuesSchema === undefined ? [] : schemaMistakes(installer.valuesSchema, "/valuesSchema")),
    ...templateMistakes(installer.values, "mapping", "/values"),
    ...(installer.deployer.type === "manifests" ? manifestMistakes(installer.deployer.objects, "/deployer/objects") : []),
    ...installer.health.flatMap(({ object, expression }, index) => [
      ...templateMistakes({ ...object }, "manifest", `/health/${index}/object`),
      ...expressionMistakes(expression, "object", `/health/${index}/expression`),
    ]),
  ];
}

/** Expressions of an upgrader that can never work. */
export function upgraderMistakes(upgrader: Upgrader): readonly Mistake[] {
  return [
    ...upgrader.before.flatMap((hook, index) => hookMistakes(hook, `/before/${index}`)),
    ...upgrader.after.flatMap((hook, index) => hookMistakes(hook, `/after/${index}`)),
    ...upgrader.risks.flatMap(({ when }, index) => (when === undefined ? [] : expressionMistakes(when, "risk", `/risks/${index}/when`))),
  ];
}

function hookMistakes(hook: Hook, path: string): readonly Mistake[] {
  switch (hook.action) {
    case "delete": {
      const { labels = {}, ...target } = hook.target;
      return [
        ...templateMistakes({ ...target }, "manifest", `${path}/target`),
        ...templateMistakes(labels, "manifest", `${path}/target/labels`),
      ];
    }
    case "apply":
      return manifestMistakes(hook.objects, `${path}/objects`);
    case "patch":
      return [
        ...templateMistakes({ ...hook.target }, "manifest", `${path}/target`),
        ...templateMistakes(hook.patch, "manifest", `${path}/patch`),
      ];
    case "scale":
      return templateMistakes({ ...hook.target }, "manifest", `${path}/target`);
    case "job":
      return templateMistakes(hook.job, "manifest", `${path}/job`);
    case "wait":
      return [
        ...templateMistakes({ ...hook.target }, "manifest", `${path}/target`),
        ...expressionMistakes(hook.until, "object", `${path}/until`),
      ];
    case "migrateStorage":
      return [];
  }
}

function manifestMistakes(manifests: readonly ManifestTemplate[], path: string): readonly Mistake[] {
  return manifests.flatMap(({ when, object, source }, index) => {
    const place = childPointer(path, index);
    const mistakes = [
      ...(when === undefined ? [] : expressionMistakes(when, "manifest", `${place}/when`)),
      ...templateMistakes(object, "manifest", `${place}/object`),
    ];
    return mistakes.map((mistake) => ({ ...mistake, message: `${source}: ${mistake.message}` }));
  });
}

function templateMistakes(template: Json, use: ExpressionUse, path: string): readonly Mistake[] {
  return checkTemplate(template, use, path).map(expressionMistake);
}

function expressionMistakes(source: string, use: ExpressionUse, path: string): readonly Mistake[] {
  try {
    compile(source, use);
    return [];
  } catch (error) {
    if (error instanceof ExpressionError) return [expressionMistake(error.at(path))];
    throw error;
  }
}

function expressionMistake(error: ExpressionError): Mistake {
  return { code: "InvalidExpression", path: error.path, message: error.message };
}
