import { describe, expect, it } from "vitest";
import { repositoryOf } from "./personal-access.ts";

const text = `
apiVersion: ""
repositories:
- { name: open, url: https://charts.example.org/stable }
- { name: private, url: https://charts.example.org/stable/, username: me, password: hunter2 }
`;

describe("a repository that a person has added to helm", () => {
  it("is found by its URL where it has credentials", () => {
    expect(repositoryOf(text, "https://charts.example.org/stable")).toBe("private");
    expect(repositoryOf(text, "https://charts.example.org/other")).toBeUndefined();
    expect(repositoryOf("", "https://charts.example.org/stable")).toBeUndefined();
  });

  it("is not told of a file that is no YAML", () => {
    expect(() => repositoryOf("password: 'hunter2", "https://x")).toThrow(/not YAML/u);
    expect(() => repositoryOf("password: 'hunter2", "https://x")).not.toThrow(/hunter2/u);
  });
});
