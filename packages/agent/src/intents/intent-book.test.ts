import { describe, expect, it, vi } from "vitest";
import { aDocument, intentFor } from "./document.fixture.ts";
import { IntentBook } from "./intent-book.ts";

describe("the book of open intents", () => {
  it("holds what the newest document says, and names the instances to look at", () => {
    const book = new IntentBook(() => {});
    expect(book.revision).toBe(0);
    expect(book.replace(aDocument({ revision: 7, intents: [intentFor("a"), intentFor("b")] }))).toEqual(new Set(["apps/a", "apps/b"]));
    expect(book.revision).toBe(7);
    expect(book.forInstance("apps/a")?.id).toBe("i-a");
    book.replace(aDocument({ revision: 8, intents: [intentFor("b")] }));
    expect(book.forInstance("apps/a")).toBeUndefined();
  });

  it("keeps the state of an intent as long as it is open", () => {
    const book = new IntentBook(() => {});
    const [a, b] = [intentFor("a"), intentFor("b")];
    book.replace(aDocument({ intents: [a, b] }));
    book.record(a, { phase: "Running" }, 3);
    book.record(b, { phase: "Refused", reason: { code: "NoRoute", message: "no" }, planHash: "h" }, undefined);
    expect(book.states).toEqual([
      { id: "i-a", namespace: "apps", name: "a", phase: "Running", generation: 3 },
      { id: "i-b", namespace: "apps", name: "b", phase: "Refused", reason: { code: "NoRoute", message: "no" }, planHash: "h" },
    ]);
    book.replace(aDocument({ intents: [{ ...a, mode: "Hold" }] }));
    expect(book.states.map(({ id, phase }) => [id, phase])).toEqual([["i-a", "Running"]]);
  });

  it("refuses the second intent for an instance, and never records a verdict on it as the first one's", () => {
    const book = new IntentBook(() => {});
    const rival = intentFor("a", { id: "rival" });
    book.replace(aDocument({ intents: [intentFor("a"), rival] }));
    book.record(rival, { phase: "Running" }, 1);
    expect(book.states).toEqual([
      expect.objectContaining({ id: "rival", phase: "Refused", reason: expect.objectContaining({ code: "Conflict" }) }),
    ]);
  });

  it("asks for a heartbeat when something is new, and only then", () => {
    const changed = vi.fn<() => void>();
    const book = new IntentBook(changed);
    const a = intentFor("a");
    book.replace(aDocument({ intents: [a] }));
    expect(changed).toHaveBeenCalledTimes(1);
    book.record(a, { phase: "Running" }, 1);
    book.record(a, { phase: "Running" }, 1);
    expect(changed).toHaveBeenCalledTimes(2);
    book.refuse({ code: "BadSignature", message: "" });
    expect(changed).toHaveBeenCalledTimes(3);
  });

  it("forgets a refusal with the next document that is accepted", () => {
    const book = new IntentBook(() => {});
    book.refuse({ code: "BadSignature", message: "x".repeat(10_000) });
    expect(book.refusal).toMatchObject({ code: "BadSignature" });
    expect(book.refusal?.message.length).toBeLessThanOrEqual(4096);
    book.replace(aDocument());
    expect(book.refusal).toBeUndefined();
  });

  it("holds reasons that can be sent, whatever they were made from", () => {
    const book = new IntentBook(() => {});
    const a = intentFor("a");
    book.replace(aDocument({ intents: [a] }));
    book.record(a, { phase: "Failed", reason: { code: "", message: "x".repeat(10_000) } }, 1);
    expect(book.states[0]?.reason?.code).toBe("Unknown");
    expect(book.states[0]?.reason?.message.length).toBeLessThanOrEqual(4096);
  });
});
