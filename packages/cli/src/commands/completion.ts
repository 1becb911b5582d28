import { Argument } from "commander";
import { SHELLS, type Shell } from "../completion/mod.ts";
import type { AddCommand } from "./global.ts";

export const addCompletion: AddCommand = (parent, console) => {
  parent
    .command("completion")
    .description("print what makes a shell complete the command: source <(portolan completion bash)")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completionScript } = await import("../completion/mod.ts");
      console.out.write(completionScript(shell));
    });
};
