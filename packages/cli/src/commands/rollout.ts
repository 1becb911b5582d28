import type { Command } from "commander";
import type { ListFormat } from "../output/mod.ts";
import type { RolloutAction } from "../client/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "./global.ts";
import { limitOption, outputOption, plainName } from "./options.ts";
import { outcomeOption, reasonOption, timeoutOption, watchOption, type WatchingOptions } from "./watching.ts";

type Options = GlobalOptions & WatchingOptions;

/** What can be asked of a rollout that is there, by the name of the command. */
const ACTIONS: readonly { readonly action: RolloutAction; readonly description: string; readonly targets?: string }[] = [
  { action: "check", description: "ask the agents again what they would do" },
  { action: "pause", description: "send nothing new; what runs goes on" },
  { action: "resume", description: "go on, in spite of what has failed so far" },
  { action: "abort", description: "end it: nothing new is begun, and what runs stops after its step" },
  { action: "approve", description: "let the wave begin that waits for approval" },
  { action: "reject", description: "pause instead of letting the wave begin" },
  { action: "retry", description: "try again what has failed", targets: "[targets...]" },
  { action: "skip", description: "leave targets out", targets: "<targets...>" },
  { action: "promote", description: "end the soak of the wave that is under way" },
  { action: "undo", description: "make a rollout that brings every target back to what it was, and check it" },
];

export const addRollout: AddCommand = (parent, console, exitWith) => {
  const rollout = parent.command("rollout").description("start, watch and decide about rollouts");
  addStatus(rollout, console, exitWith);
  addStart(rollout, console, exitWith);
  for (const { action, description, targets } of ACTIONS) {
    const command = common(
      rollout.command(action).description(description).argument("<rollout>", "its name", plainName("rollout")),
    ).addOption(reasonOption());
    if (targets !== undefined) {
      command.argument(targets, "CLUSTER/NAMESPACE/NAME");
    }
    if (action === "approve" || action === "reject") {
      command.option("--wave <wave>", "the wave that is meant, by its name or its place from 1; refused when another one waits");
    }
    command.action(async (name: string, ...more: readonly unknown[]) => {
      const options = command.optsWithGlobals<Options & { readonly wave?: string }>();
      const { actOnRollout } = await import("../rollout/mod.ts");
      const chosen = Array.isArray(more[0]) ? more[0].map(String) : [];
      exitWith(await actOnRollout(console, await hubOf(console, options), name, action, { ...options, targets: chosen }));
    });
  }
  addHistory(rollout, console);
  addDelete(rollout, console);
};

function addStatus(rollout: Command, console: Parameters<AddCommand>[1], exitWith: Parameters<AddCommand>[2]): void {
  for (const [name, description, watches] of [
    ["status", "how far a rollout is", false],
    ["watch", "show how a rollout goes on until it has ended or somebody has to decide", true],
  ] as const) {
    const command = rollout
      .command(name)
      .description(description)
      .argument("<rollout>", "its name", plainName("rollout"))
      .addOption(timeoutOption());
    if (!watches) {
      command.addOption(watchOption());
    }
    command
      .addOption(outcomeOption())
      .addHelpText(
        "after",
        "\nWatched, the exit code is 0 when it has succeeded, 1 when it has failed or is paused, 5 when it waits for approval.",
      )
      .action(async (rolloutName: string) => {
        const options = command.optsWithGlobals<Options>();
        const { showStatus } = await import("../rollout/mod.ts");
        exitWith(await showStatus(console, await hubOf(console, options), rolloutName, watches ? { ...options, watch: true } : options));
      });
  }
}

function addStart(rollout: Command, console: Parameters<AddCommand>[1], exitWith: Parameters<AddCommand>[2]): void {
  const command = common(
    rollout.command("start").description("start a rollout as it was checked").argument("<rollout>", "its name", plainName("rollout")),
  )
    .option("--hash <hash>", "what the check came to when it was looked at; refused when it came to something else since")
    .option("-y, --yes", "start it as it was checked last, without looking at that")
    .addOption(reasonOption());
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<Options & { readonly hash?: string; readonly yes?: true }>();
    const { startRollout } = await import("../rollout/mod.ts");
    exitWith(await startRollout(console, await hubOf(console, options), name, options));
  });
}

function addHistory(rollout: Command, console: Parameters<AddCommand>[1]): void {
  const command = rollout
    .command("history")
    .description("what became of a rollout, and by whom, the oldest first; without a name the rollouts that are known")
    .argument("[rollout]", "its name", plainName("rollout"))
    .addOption(limitOption())
    .addOption(outputOption());
  command.action(async (name: string | undefined) => {
    const { limit, output, ...global } = command.optsWithGlobals<GlobalOptions & { readonly limit: number; readonly output: ListFormat }>();
    const { getHistory, getRollouts } = await import("../resources/mod.ts");
    const hub = await hubOf(console, global);
    await (name === undefined
      ? getRollouts(console, hub, { name, service: undefined, phase: undefined, output })
      : getHistory(console, hub, { rollout: name, limit, output }));
  });
}

function addDelete(rollout: Command, console: Parameters<AddCommand>[1]): void {
  const command = rollout
    .command("delete")
    .description("forget a rollout that has ended, or never started")
    .argument("<rollout>", "its name", plainName("rollout"))
    .addOption(reasonOption());
  command.action(async (name: string, { reason }: { readonly reason?: string }) => {
    const hub = await hubOf(console, command.optsWithGlobals<GlobalOptions>());
    await hub.deleteRollout(name, reason);
    console.err.write(`the rollout ${name} is forgotten\n`);
  });
}

function common(command: Command): Command {
  return command.addOption(watchOption()).addOption(timeoutOption()).addOption(outcomeOption());
}
