/** The command line itself: names, arguments, options and help, one file a command. What a command does is loaded when it is called. */
export { run } from "./run.ts";
