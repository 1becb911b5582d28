import { Option, type Command } from "commander";
import type { Console } from "../output/mod.ts";
import { CliError } from "../errors/mod.ts";
import type { InstanceTemplate, QuickRollout } from "../rollout/mod.ts";
import { pairs, type Pair } from "./options.ts";
import { hubOf, selectorOf, type AddCommand } from "./global.ts";
import { addQuickOptions, settingsOf, type QuickOptions } from "./quick-options.ts";

/** Commands that make, configure and remove instances: one service on one cluster or on the fleet. */

interface TemplateOptions extends QuickOptions {
  readonly instance?: string;
  readonly config?: string;
  readonly overrides?: string;
  readonly secret: readonly Pair[];
  readonly label: readonly Pair[];
  readonly targetNamespace?: string;
  readonly serviceAccount?: string;
}

export const addInstall: AddCommand = (parent, console, exitWith) => {
  addTemplateOptions(
    parent
      .command("install")
      .description("make an instance of a service in every chosen cluster")
      .argument("<service>")
      .argument("<version>")
      .option("--target-namespace <name>", "where the service's objects go; default: the instance's namespace")
      .option("--service-account <name>", "of the instance's namespace, in whose name the service is installed"),
  ).action(async (service: string, version: string, _options: unknown, command: Command) => {
    const options = command.optsWithGlobals<TemplateOptions>();
    const instance = await templateOf(console, service, options);
    await start(console, exitWith, options, { action: "install", service, version, instance });
  });
};

export const addConfigure: AddCommand = (parent, console, exitWith) => {
  addTemplateOptions(
    parent
      .command("configure")
      .description("change the configuration of an instance in every chosen cluster; what is not named stays as it is")
      .argument("<service>"),
  ).action(async (service: string, _options: unknown, command: Command) => {
    const options = command.optsWithGlobals<TemplateOptions>();
    const instance = await templateOf(console, service, options);
    if (Object.keys(instance).length === 2) {
      throw new CliError("InvalidUsage", "nothing is to be configured", {
        hint: "say what: --config FILE, --overrides FILE, --secret or --label",
      });
    }
    await start(console, exitWith, options, { action: "configure", service, instance });
  });
};

interface RemoveOptions extends QuickOptions {
  readonly orphan?: true;
  readonly allClusters?: true;
}

export const addRemove: AddCommand = (parent, console, exitWith) => {
  addQuickOptions(
    parent
      .command("remove")
      .description("delete the chosen instances of a service, and what they have installed")
      .argument("<service>")
      .option("--orphan", "leave running what was installed")
      .option("--all-clusters", "in the whole fleet"),
  ).action(async (service: string, _options: unknown, command: Command) => {
    const options = command.optsWithGlobals<RemoveOptions>();
    if (options.clusters === undefined && options.selector === undefined && options.allClusters === undefined) {
      throw new CliError("InvalidUsage", "it was not said in which clusters", {
        hint: "say which: --clusters, --selector or --all-clusters",
      });
    }
    await start(console, exitWith, options, {
      action: "remove",
      service,
      ...(options.orphan === true ? { deletionPolicy: "Orphan" } : {}),
    });
  });
};

function addTemplateOptions(command: Command): Command {
  return addQuickOptions(command, "of the ServiceInstance; default: default")
    .option("--instance <name>", "of the ServiceInstance; default: the service's name")
    .option("--config <file>", "configuration by the service's schema, as YAML or JSON; - reads stdin")
    .option("--overrides <file>", "JSON merge patch over the chart's values; - reads stdin")
    .addOption(
      new Option("--secret <name=secret>", "a Secret of the instance's namespace, by the service's name for it")
        .argParser(pairs)
        .default([], "none"),
    )
    .addOption(
      new Option("--label <key=value>", "of the ServiceInstance; can be given several times").argParser(pairs).default([], "none"),
    );
}

async function templateOf(
  console: Console,
  service: string,
  { instance, namespace, config, overrides, secret, label, targetNamespace, serviceAccount }: TemplateOptions,
): Promise<InstanceTemplate> {
  const { readObject, requireOneStdin } = await import("../input/mod.ts");
  requireOneStdin([config, overrides]);
  return {
    namespace: namespace ?? "default",
    name: instance ?? service,
    ...(config === undefined ? {} : { config: await readObject(console, config, "the configuration") }),
    ...(overrides === undefined ? {} : { overrides: await readObject(console, overrides, "the overrides") }),
    ...(secret.length === 0 ? {} : { secretRefs: secret.map(([name, secretName]) => ({ name, secretName })) }),
    ...(label.length === 0 ? {} : { labels: Object.fromEntries(label) }),
    ...(targetNamespace === undefined ? {} : { targetNamespace }),
    ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
  };
}

async function start(
  console: Console,
  exitWith: Parameters<AddCommand>[2],
  options: QuickOptions,
  what: Pick<QuickRollout, "action" | "service" | "version" | "instance" | "deletionPolicy">,
): Promise<void> {
  const { quickDocument, startDocument } = await import("../rollout/mod.ts");
  // The instance's own namespace is in its template; it chooses no others.
  const { namespaces, ...clusters } = selectorOf(options);
  const selector = what.instance === undefined && namespaces !== undefined ? { ...clusters, namespaces } : clusters;
  const document = quickDocument({ ...what, selector, ...settingsOf(options) }, console.now());
  exitWith(await startDocument(console, await hubOf(console, options), document, { ...options, forget: options.name === undefined }));
}
