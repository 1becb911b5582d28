import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeRef, objectKey, ownerReference, refOf, splitObjectKey } from "./object.ts";

describe("object keys", () => {
  it("name a namespace and a name, or a name alone, and nothing is lost in them", () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/u);
    fc.assert(
      fc.property(name, fc.option(name, { nil: undefined }), (name, namespace) => {
        const ref = namespace === undefined ? { name } : { name, namespace };
        expect(splitObjectKey(objectKey(ref))).toEqual(ref);
      }),
    );
  });
});

describe("references", () => {
  const owner = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "backup", namespace: "shop", uid: "u1" } };

  it("name the object in messages", () => {
    expect(describeRef(refOf(owner))).toBe("Job.batch/v1 shop/backup");
  });

  it("make an owner by its uid, which it must have", () => {
    expect(ownerReference(owner)).toEqual({
      apiVersion: "batch/v1",
      kind: "Job",
      name: "backup",
      uid: "u1",
      controller: true,
      blockOwnerDeletion: true,
    });
    expect(() => ownerReference({ ...owner, metadata: { name: "backup" } })).toThrow("Job.batch/v1 backup has no uid");
  });
});
