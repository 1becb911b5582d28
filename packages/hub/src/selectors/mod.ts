/** Label and field selectors in Kubernetes' syntax, for choosing clusters and instances on the server. */
export {
  FieldSelectorError,
  matchesFields,
  parseFieldSelector,
  type FieldRequirement,
  type FieldSelector,
  type SelectableFields,
} from "./field-selector.ts";
export {
  isLabelKey,
  isLabelValue,
  LabelSelectorError,
  matchesLabels,
  parseLabelSelector,
  type LabelRequirement,
  type LabelSelector,
} from "./label-selector.ts";
