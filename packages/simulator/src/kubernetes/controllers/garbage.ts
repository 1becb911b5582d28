import { deleteObject, type Api } from "../endpoints/mod.ts";
import type { ResourceType } from "../kinds/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import type { Change } from "../store/mod.ts";
import { ignoringRefusals, modify, type ControllerContext } from "./controller.ts";

type Place = { readonly collection: string; readonly key: string };

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/**
 * The garbage collector: knows who owns whom by uid, and works when an owner goes, is on its way out,
 * or was never there.
 */
export class GarbageCollector {
  readonly #context: ControllerContext;
  /** Where each object that is, or may be, an owner lives. */
  readonly #places = new Map<string, Place>();
  readonly #dependents = new Map<string, Map<string, Place>>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  observe(change: Change): void {
    const { uid } = change.object.metadata;
    if (uid === undefined) return;
    const place = { collection: change.collection, key: change.key };
    for (const owner of change.previous?.metadata.ownerReferences ?? []) {
      this.#dependents.get(owner.uid)?.delete(uid);
    }
    if (change.type === "DELETED") {
      this.#places.delete(uid);
      this.#ownerGone(uid);
      for (const owner of change.object.metadata.ownerReferences ?? []) this.#ownerMayGo(owner.uid);
      return;
    }
    this.#places.set(uid, place);
    for (const owner of change.object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid) ?? new Map<string, Place>();
      dependents.set(uid, place);
      this.#dependents.set(owner.uid, dependents);
      if (!this.#places.has(owner.uid)) this.#ownerGone(owner.uid);
    }
    if (change.object.metadata.deletionTimestamp !== undefined) this.#ownerMayGo(uid);
  }

  #later(what: string, uid: string, work: () => void): void {
    this.#context.clockwork.after(0, `garbage/${what}/${uid}`, () => {
      ignoringRefusals(work);
    });
  }

  #dependentsOf(uid: string): { type: ResourceType; object: KubeObject }[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])].flatMap((place) => {
      const object = this.#context.api.store.get(place.collection, place.key);
      const type = typeOf(this.#context.api, place.collection);
      return object === undefined || type === undefined ? [] : [{ type, object }];
    });
  }

  /** Dependents without another owner that is there go; the others lose the reference. */
  #ownerGone(uid: string): void {
    if (!this.#dependents.has(uid)) return;
    this.#later("gone", uid, () => {
      if (this.#places.has(uid)) return;
      for (const { type, object } of this.#dependentsOf(uid)) {
        const others = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid && this.#places.has(owner.uid));
        if (others.length > 0) this.#dropOwner(type, object, uid);
        else this.#remove(type, object, "Background");
      }
      this.#dependents.delete(uid);
    });
  }

  /** An owner on its way out with one of the collector's finalizers waits for its dependents. */
  #ownerMayGo(uid: string): void {
    const place = this.#places.get(uid);
    if (place === undefined) return;
    this.#later("waiting", uid, () => {
      const owner = this.#context.api.store.get(place.collection, place.key);
      const type = typeOf(this.#context.api, place.collection);
      if (owner?.metadata.deletionTimestamp === undefined || type === undefined) return;
      const finalizers = owner.metadata.finalizers ?? [];
      if (finalizers.includes(ORPHAN)) {
        for (const dependent of this.#dependentsOf(uid)) {
          this.#dropOwner(dependent.type, dependent.object, uid);
        }
        this.#dropFinalizer(type, owner, ORPHAN);
      } else if (finalizers.includes(FOREGROUND)) {
        this.#deleteInForeground(type, owner, uid);
      }
    });
  }

  #deleteInForeground(type: ResourceType, owner: KubeObject, uid: string): void {
    for (const { type: dependentType, object } of this.#dependentsOf(uid)) {
      if (object.metadata.deletionTimestamp !== undefined) continue;
      const others = (object.metadata.ownerReferences ?? []).filter(
        (reference) => reference.uid !== uid && this.#places.has(reference.uid),
      );
      if (others.length > 0) {
        this.#dropOwner(dependentType, object, uid);
        continue;
      }
      const hasDependents = this.#dependentsOf(object.metadata.uid ?? "").length > 0;
      this.#remove(dependentType, object, hasDependents ? "Foreground" : "Background");
    }
    const isBlocked = this.#dependentsOf(uid).some(({ object }) =>
      (object.metadata.ownerReferences ?? []).some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true),
    );
    if (!isBlocked) this.#dropFinalizer(type, owner, FOREGROUND);
  }

  #remove(type: ResourceType, object: KubeObject, propagation: "Background" | "Foreground"): void {
    const { namespace, name = "", uid } = object.metadata;
    ignoringRefusals(() => {
      deleteObject(this.#context.api, type, namespace, name, {
        dryRun: false,
        propagation,
        ...(uid === undefined ? {} : { uid }),
        warnings: [],
      });
    });
  }

  #dropOwner(type: ResourceType, object: KubeObject, uid: string): void {
    modify(this.#context.api, type, object, "", (copy) => {
      const owners = (copy.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
      if (owners.length > 0) copy.metadata.ownerReferences = owners;
      else delete copy.metadata.ownerReferences;
    });
  }

  #dropFinalizer(type: ResourceType, object: KubeObject, finalizer: string): void {
    modify(this.#context.api, type, object, "", (copy) => {
      const rest = (copy.metadata.finalizers ?? []).filter((item) => item !== finalizer);
      if (rest.length > 0) copy.metadata.finalizers = rest;
      else delete copy.metadata.finalizers;
    });
  }
}

function typeOf(api: Api, collection: string): ResourceType | undefined {
  return api.registry.collections().find((type) => type.collection === collection);
}
