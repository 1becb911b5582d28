import type { Json } from "@portolan/shared/json";
import { toPointer } from "@portolan/shared/json";
import { describe, expect, it } from "vitest";
import { secretPlaces } from "./secret-values.ts";

const placesIn = (value: Json) => secretPlaces(value).map((place) => toPointer(place));

describe("what looks like a secret among values", () => {
  it.each<[string, Json, string]>([
    ["by its name", { db: { adminPassword: "x" } }, "/db/adminPassword"],
    ["as a key of a cloud's API", { aws: { secretAccessKey: "x" } }, "/aws/secretAccessKey"],
    ["in a list of objects", { users: [{ name: "a" }, { name: "b", token: "x" }] }, "/users/1/token"],
    ["in a list of texts", { passwords: ["x"] }, "/passwords/0"],
    ["as an environment variable", { env: [{ name: "DB_PASSWORD", value: "x" }] }, "/env/0/value"],
    ["under a name of the user's own", { credentials: { github: "x" } }, "/credentials/github"],
  ])("is found %s", (_, value, place) => {
    expect(placesIn(value)).toStrictEqual([place]);
  });

  it.each<[string, Json]>([
    ["the name of a Secret", { existingSecret: "web", auth: { secretName: "web", existingSecretPasswordKey: "pw" } }],
    ["a key of a Secret", { passwordKey: "pw", tokenSecretRef: { name: "web", key: "t" } }],
    ["names of pull secrets", { imagePullSecrets: [{ name: "registry" }], secrets: [{ name: "web" }] }],
    ["a file", { tokenFile: "/run/token" }],
    ["what is empty, a number or a switch", { password: "", tokenTtl: 3, createSecret: true }],
    [
      "an environment variable that refers to one",
      { env: [{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "x", key: "y" } } }] },
    ],
  ])("%s is none", (_, value) => {
    expect(placesIn(value)).toStrictEqual([]);
  });
});
