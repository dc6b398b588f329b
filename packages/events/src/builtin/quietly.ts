// Recording from where nobody expects an error: inside `console.log`, or in a subscriber of a diagnostics channel, from
// which it would end the process.

import { warnOfProcess } from "../recorder-options.ts"

/** Runs it. What it throws is one warning: the recorder counts what it does not take. */
export function quietly(warn = warnOfProcess): (action: () => void) => void {
  let hasWarned = false
  return (action) => {
    try {
      action()
    } catch (error) {
      if (hasWarned) return
      hasWarned = true
      warn(`An event could not be recorded: ${String(error)}`)
    }
  }
}
