import { createHash } from "node:crypto";
import { canonicalJson } from "@portolan/shared/json";
import { expect, it } from "vitest";
import { secretsDigest } from "./secrets-digest.ts";
import { anInstance } from "./state.fixture.ts";

const key = Buffer.alloc(32, 1);
const view = (pin: string) => ({ values: { door: { pin } }, missing: [] });
const one = anInstance();

it("tells secrets apart, by key and by instance", () => {
  const digest = secretsDigest(key, one, view("1234"));
  expect(digest).toMatch(/^[0-9a-f]{64}$/u);
  expect(secretsDigest(key, one, view("1234"))).toBe(digest);
  const others = [
    secretsDigest(key, one, view("1235")),
    secretsDigest(Buffer.alloc(32, 2), one, view("1234")),
    secretsDigest(key, anInstance({ metadata: { name: "two" } }), view("1234")),
    secretsDigest(key, anInstance({ metadata: { uid: "uid-2" } }), view("1234")),
    createHash("sha256")
      .update(canonicalJson(view("1234").values))
      .digest("hex"),
  ];
  expect(new Set([digest, ...others])).toHaveLength(6);
});

it("is none where there are no secrets", () => {
  expect(secretsDigest(key, one, { values: {}, missing: [] })).toBeUndefined();
});
