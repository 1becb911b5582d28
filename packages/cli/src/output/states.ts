import type { Style, Styled } from "./style.ts";

/** Styles of the states that services, instances, targets and rollouts can have. */
const STATES: { readonly [state: string]: Style } = {
  Ready: "good",
  Online: "good",
  Succeeded: "good",
  True: "good",
  Failed: "bad",
  Offline: "bad",
  Refused: "bad",
  False: "bad",
  error: "bad",
  warning: "busy",
  ok: "good",
  Aborted: "bad",
  RolledBack: "bad",
  Checking: "busy",
  Checked: "busy",
  Paused: "busy",
  AwaitingApproval: "busy",
  RollingBack: "busy",
  Soaking: "busy",
  Passed: "good",
  Draft: "faint",
  Deferred: "faint",
  Aborting: "busy",
  Running: "busy",
  Sent: "busy",
  Waiting: "busy",
  Installing: "busy",
  Upgrading: "busy",
  Downgrading: "busy",
  Configuring: "busy",
  Removing: "busy",
  Pending: "faint",
  Skipped: "faint",
  Held: "faint",
  Suspended: "faint",
  Discovered: "faint",
};

/** The state in its colour. */
export function state(text: string): Styled {
  return { text, style: STATES[text] ?? "plain" };
}
