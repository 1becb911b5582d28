/**
 * What to do about the open intent of one instance, and what to say about it. Level-based: the verdict follows from the instance as it is now,
 * so it is the same after a restart, and hearing the same intent twice changes nothing.
 */
import type { Intent } from "@portolan/shared/wire";
import type { IntentVerdict } from "../intents/mod.ts";
import { judgeConfigure } from "./judge-configure.ts";
import { judgeInstall } from "./judge-install.ts";
import { judgeMove } from "./judge-move.ts";
import { judgeRemove } from "./judge-remove.ts";
import type { InstanceState } from "./state.ts";

/** The verdict on the open intent of an instance that is there. */
export function judgeIntent(state: InstanceState, intent: Intent): IntentVerdict {
  switch (intent.action) {
    case "Move":
      return judgeMove(state, intent);
    case "Install":
      return judgeInstall(state, intent);
    case "Configure":
      return judgeConfigure(state, intent);
    case "Remove":
      return judgeRemove(state, intent);
  }
}
