/** The fleet's wishes: which documents are accepted, what is done about each intent, and what is said about it. */
export { acceptDocument, type DocumentRecipient, type DocumentVerdict, type SeenDocument } from "./accept-document.ts";
export { IntentBook } from "./intent-book.ts";
export { creatorOf, gitOpsManagers, HUB_MANAGER, ownedPart, templateOwner, versionOwner, type FieldOwner } from "./ownership.ts";
export { readRemembered, writeRemembered, type RememberedDocument } from "./remembered-document.ts";
export type { IntentChange, IntentVerdict, IntentWrite, PreflightWish } from "./verdict.ts";
export { tryIntent, writeIntent, type IntentWritten } from "./write-intent.ts";
