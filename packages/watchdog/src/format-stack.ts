// A stack as text in V8's own form, which editors and terminals make links of.

import type { Frame } from "./block.ts"

/** The lines of `Error.stack` below its message; empty for no frames. */
export const formatStack = (frames: readonly Frame[]): string => frames.map(formatLine).join("\n")

function formatLine(frame: Frame): string {
  const { name, async } = frame
  return `    at ${async ? "async " : ""}${name} (${placeOf(frame)})`
}

/** `file:line:column` as far as known; `<anonymous>` for a builtin, as V8 says. */
export function placeOf({ file, line, column }: Frame): string {
  return [file ?? "<anonymous>", line, column].filter((part) => part !== undefined).join(":")
}
