/** What commands print: tables for people, documents and names for programs. Knows nothing of what is in them. */
export { confirms, note, printable, warn, type Console, type OutputStream } from "./console.ts";
export { formatDocument } from "./document.ts";
export { painterFor, type Painter, type Styled } from "./style.ts";
export { state } from "./states.ts";
export { formatTable, type Cell } from "./table.ts";
export { age, shortDuration } from "./times.ts";
export { printItems, type Column, type ListFormat, type View } from "./view.ts";
export { cutTo, widthOf } from "./width.ts";
