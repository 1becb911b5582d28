/** A hub as a process: its command line, its environment, its signals. */
export { runHub } from "./run.ts";
