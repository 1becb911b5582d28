/** What a person can follow: Kubernetes Events on the instance, and the fleet's timeline. */
import type { EventRecorder } from "../controller/mod.ts";
import type { OperationStep, ServiceInstance } from "../resources/mod.ts";
import type { Redact } from "./redact.ts";
import { wireStep, type Timeline, type TimelineEntry } from "../report/mod.ts";

export interface InstanceEvents {
  /** An Event on the ServiceInstance. */
  note(instance: ServiceInstance, type: "Normal" | "Warning", reason: string, message: string): void;
  /** An Event on a namespace: for one that takes no Events of its own any more, because it is going away. */
  noteOnNamespace(namespace: string, type: "Normal" | "Warning", reason: string, message: string): void;
  /** An entry of the fleet's timeline; nothing without a fleet. */
  tell(instance: ServiceInstance, entry: Omit<TimelineEntry, "namespace" | "name" | "service" | "atUnixMs">): void;
}

export function instanceEvents(recorder: EventRecorder, timeline: Timeline | undefined): InstanceEvents {
  return {
    note(instance, type, reason, message) {
      recorder.record({ ...instance }, { type, reason, action: reason, note: message });
    },
    noteOnNamespace(namespace, type, reason, message) {
      recorder.record({ apiVersion: "v1", kind: "Namespace", name: namespace }, { type, reason, action: reason, note: message });
    },
    tell({ metadata, spec }, entry) {
      timeline?.add({ namespace: metadata.namespace, name: metadata.name, service: spec.service, atUnixMs: Date.now(), ...entry });
    },
  };
}

/** The same events, without what `redact` takes out of their words. */
export function redactedEvents(events: InstanceEvents, redact: Redact): InstanceEvents {
  return {
    note: (instance, type, reason, message) => events.note(instance, type, reason, redact(message)),
    noteOnNamespace: (namespace, type, reason, message) => events.noteOnNamespace(namespace, type, reason, redact(message)),
    tell: (instance, { message, hook, ...entry }) =>
      events.tell(instance, {
        ...entry,
        ...(message === undefined ? {} : { message: redact(message) }),
        ...(hook === undefined ? {} : { hook: { ...hook, object: redact(hook.object) } }),
      }),
  };
}

/** A step as the timeline shows it; a change of configuration has none. */
export function timelineStep(step: OperationStep | undefined): { readonly step?: ReturnType<typeof wireStep> } {
  return step === undefined || step.direction === "configure" ? {} : { step: wireStep(step) };
}
