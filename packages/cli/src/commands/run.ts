import { Command, CommanderError } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { describeError, EXIT, type ExitCode } from "../errors/mod.ts";
import type { Console } from "../output/mod.ts";
import { addAdopt } from "./adopt.ts";
import { addApply } from "./apply.ts";
import { COMPLETE } from "../completion/mod.ts";
import { addCompletion } from "./completion.ts";
import { addConfig } from "./config.ts";
import { addCatalog } from "./catalog/mod.ts";
import { addDescribe } from "./describe.ts";
import { addDoctor } from "./doctor.ts";
import { addEvents, addGet } from "./get/mod.ts";
import { addCluster } from "./cluster.ts";
import type { AddCommand } from "./global.ts";
import { addHub } from "./hub.ts";
import { addConfigure, addInstall, addRemove } from "./instances.ts";
import { addDowngrade, addUpgrade } from "./move.ts";
import { hubContextOption, serverOption } from "./options.ts";
import { addPlan } from "./plan.ts";
import { addRollout } from "./rollout.ts";

const COMMANDS: readonly AddCommand[] = [
  addGet,
  addDescribe,
  addEvents,
  addPlan,
  addInstall,
  addUpgrade,
  addDowngrade,
  addConfigure,
  addRemove,
  addApply,
  addRollout,
  addCluster,
  addAdopt,
  addDoctor,
  addCatalog,
  addHub,
  addConfig,
  addCompletion,
];

const EXAMPLES = `
Examples:
  portolan get versions
  portolan plan certificates 0.15.0
  portolan upgrade certificates 0.15.0 -l env=test --canary 1 --soak 10m --watch
  portolan apply -f rollout.yaml
  portolan rollout start certificates-0-15 --watch
  portolan catalog plan examples/catalog certificates 0.12.0 0.14.0

Exit codes: 0 done, 1 failed or the answer is no, 2 the command line is wrong, 3 timed out, 4 not allowed,
5 waiting for approval.`;

/** Carries out one command line and tells every error. Gives the exit code. */
export async function run(args: readonly string[], console: Console): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = newProgram(console);
  for (const add of COMMANDS) {
    add(program, console, (code) => {
      exitCode = code;
    });
  }
  try {
    const [first, ...words] = args;
    if (first === COMPLETE) {
      const { answerCompletion } = await import("../completion/mod.ts");
      await answerCompletion(console, program, words);
      return EXIT.ok;
    }
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // It has told the user already; help and version that were asked for are no errors.
      return error.code === "commander.helpDisplayed" || error.code === "commander.version" ? EXIT.ok : EXIT.usage;
    }
    const { text, exitCode } = describeError(error);
    console.err.write(text);
    return exitCode;
  }
}

/** Subcommands inherit all of this: it stands before they are added. */
function newProgram({ out, err }: Console): Command {
  return new Command("portolan")
    .description("Moves the services of a fleet of Kubernetes clusters between versions, each cluster along its own route.")
    .version(manifest.version)
    .addOption(serverOption())
    .addOption(hubContextOption())
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => out.columns ?? 100,
      getErrHelpWidth: () => err.columns ?? 100,
    })
    .exitOverride()
    .showHelpAfterError("Run it with --help to see how it is used.")
    .addHelpText("after", EXAMPLES);
}
