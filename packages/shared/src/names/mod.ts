/** Names as people write them: which of the known ones may have been meant. */
export { listNearest, nearestFirst } from "./nearest.ts";
