import { objectKey, type KubeObject, type ObjectRef } from "../kube/mod.ts";

/** Something that happened to an object and that a person may want to read with `kubectl events` or `kubectl describe`. */
export interface ObjectEvent {
  readonly type: "Normal" | "Warning";
  /** Why, in CamelCase: `UpgradeStarted`. At most 128 characters. */
  readonly reason: string;
  /** What was done or tried, in CamelCase: `Upgrade`. At most 128 characters. */
  readonly action: string;
  /** For a person. Cut at 1 KiB, which is the API's limit. */
  readonly note: string;
  /** Another object that it is about, e.g. the Job that failed. */
  readonly related?: ObjectRef;
}

/** The object that an event is about; with a uid, `kubectl describe` finds the event. */
export interface Regarding extends ObjectRef {
  readonly uid?: string;
}

export interface Reporter {
  /** Who reports, a qualified name: `portolan.dev/agent`. */
  readonly controller: string;
  /** Which one of them: a pod's name. At most 128 characters. */
  readonly instance: string;
}

/** The same event again and again is one object that counts. */
export interface Occurrences {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

const LONGEST_NOTE_BYTES = 1024;
const LONGEST_WORD = 128;
/** Of 253: the rest is for what makes an event's name its own. */
const LONGEST_NAME = 220;

/** Events of the same series say the same thing about the same object. */
export function seriesKey(regarding: Regarding, event: ObjectEvent): string {
  return JSON.stringify([subjectKey(regarding), event.type, event.reason, event.action, event.note, event.related ?? null]);
}

/** The object, as that of its events; with its uid, so that an object that was made anew is another one. */
export function subjectKey(regarding: Regarding): string {
  return JSON.stringify([regarding.apiVersion, regarding.kind, objectKey(regarding), regarding.uid ?? null]);
}

/**
 * The events.k8s.io/v1 object.
 *
 * @param suffix makes the name unique for the object
 */
export function eventObject(reporter: Reporter, regarding: Regarding, event: ObjectEvent, seen: Occurrences, suffix: string): KubeObject {
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    // Events of cluster-scoped objects live in the namespace "default"; the API server insists.
    metadata: { name: `${regarding.name.slice(0, LONGEST_NAME)}.${suffix}`, namespace: regarding.namespace ?? "default" },
    eventTime: microTime(seen.firstAt),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, LONGEST_WORD),
    type: event.type,
    reason: event.reason.slice(0, LONGEST_WORD),
    action: event.action.slice(0, LONGEST_WORD),
    note: cutToBytes(event.note, LONGEST_NOTE_BYTES),
    regarding: { ...regarding },
    ...(event.related === undefined ? {} : { related: { ...event.related } }),
    ...(seen.count < 2 ? {} : { series: eventSeries(seen) }),
  };
}

/** The one field of an event that may change. */
export function eventSeries(seen: Occurrences): { readonly count: number; readonly lastObservedTime: string } {
  return { count: seen.count, lastObservedTime: microTime(seen.lastAt) };
}

/** metav1.MicroTime takes six digits of a second, no more and no less. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/** The longest beginning that fits, in whole characters. */
function cutToBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const ellipsis = "…";
  let bytes = Buffer.byteLength(ellipsis);
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    end += character.length;
  }
  return `${text.slice(0, end)}${ellipsis}`;
}
