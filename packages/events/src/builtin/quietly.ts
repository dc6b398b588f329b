// Recording from where nobody expects an error: inside `console.log`, or in a subscriber of a diagnostics channel, from
// which it would end the process.

/** Runs it. What it throws is one warning of the process: the recorder counts what it does not take. */
export function quietly(): (action: () => void) => void {
  let hasWarned = false
  return (action) => {
    try {
      action()
    } catch (error) {
      if (hasWarned) return
      hasWarned = true
      process.emitWarning(`An event could not be recorded: ${String(error)}`, "EventsWarning")
    }
  }
}
