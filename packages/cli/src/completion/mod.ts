/** Completion in shells: one generator over the commands as they are, and a few lines for each shell that ask it. */
export { answerCompletion } from "./answer.ts";
export { COMPLETE, completionScript, SHELLS, type Shell } from "./scripts.ts";
