/** Label selectors in Kubernetes' syntax, for choosing clusters and instances on the server. */
export {
  isLabelKey,
  isLabelValue,
  LabelSelectorError,
  matchesLabels,
  parseLabelSelector,
  type LabelRequirement,
  type LabelSelector,
} from "./label-selector.ts";
