import { styleText } from "node:util";
import type { OutputStream } from "./console.ts";

export type Style = "good" | "bad" | "busy" | "faint" | "plain";

/** Text with a meaning that a terminal shows as a colour. */
export interface Styled {
  readonly text: string;
  readonly style: Style;
}

export type Painter = (styled: Styled) => string;

const FORMATS = { good: "green", bad: "red", busy: "cyan", faint: "dim" } as const;

/** Colours for terminals alone, and not where NO_COLOR (https://no-color.org) or a dumb terminal says no. */
export function painterFor(stream: OutputStream, env: NodeJS.ProcessEnv): Painter {
  const coloured = stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  return ({ text, style }) => (coloured && style !== "plain" ? styleText(FORMATS[style], text, { validateStream: false }) : text);
}
