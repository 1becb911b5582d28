/** Files that people give to commands. */
export { readObject, requireOneStdin } from "./read-input.ts";
