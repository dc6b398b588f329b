// What a stack says about a native call that has just returned.
//
// V8 serves an interrupt where a function begins and where a loop turns. After a native call, that is most often
// the beginning of the very next function to be called: one that has not done anything yet, and must not be
// blamed. Without it the stack ends where the call was, or a little after.

import type { GeneratedFrame } from "./probe.ts"

// V8 gives a function that begins the position of its "(", or of its only parameter: so much after its start.
const BEGINNINGS = [
  "",
  "async ",
  "function ",
  "async function ",
  "function* ",
  "get ",
  "set ",
  "static ",
  "async *",
]

/** Leaves out the innermost frame if its function was only just entered. */
export function withoutEntered(frames: readonly GeneratedFrame[]): readonly GeneratedFrame[] {
  const [innermost, ...others] = frames
  return innermost !== undefined && wasJustEntered(innermost) ? others : frames
}

function wasJustEntered({ name, file, line, column, functionLine, functionColumn }: GeneratedFrame): boolean {
  if (file === undefined) return true // a builtin looks for interrupts as it begins, or would have answered
  if (column === undefined || functionColumn === undefined || line !== functionLine) return false
  const bare = name.startsWith("new ") ? "constructor" : name.slice(name.lastIndexOf(".") + 1)
  const offset = column - functionColumn
  return BEGINNINGS.some(
    (beginning) => offset === beginning.length || offset === beginning.length + bare.length,
  )
}
