/** Label and field selectors, as query parameters write them. */
export { parseFieldSelector, type FieldSelector } from "./fields.ts";
export { isLabelKey, isLabelValue, parseLabelSelector, type LabelSelector } from "./labels.ts";
