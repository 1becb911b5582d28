import type { Narrator } from "./narrator.ts";

const nothing = (): void => {};

/** For `--json`: the result is all there is to say. */
export const silentNarrator: Narrator = { chapter: nothing, say: nothing, fleet: nothing, happened: nothing, focus: nothing, end: nothing };
