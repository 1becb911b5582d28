/** Label and field selectors, as query parameters write them. */
export { parseFieldSelector, type FieldSelector } from "./fields.ts";
export { isLabelValue, parseLabelSelector, type LabelSelector } from "./labels.ts";
export { qualifiedNameProblems } from "./qualified-name.ts";
