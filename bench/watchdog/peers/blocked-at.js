// @ts-check
// node --import: the program under blocked-at, which times every callback and keeps the stack of what began it.

import blockedAt from "blocked-at"
import { tell } from "./told.js"

blockedAt((_millis, stack) => tell(stack.flatMap(frameOf)), { threshold: 50 })

/** @param {string} line */
function frameOf(line) {
  const [, name = "", file = "", at = "", column = ""] =
    /^\s*at (?:async )?(?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/.exec(line) ?? []
  return file === "" ? [] : [{ name, file, line: Number(at), column: Number(column) }]
}
