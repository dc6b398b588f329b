// What the watchdog says about itself.

import { inspect } from "node:util"
import { threadId } from "node:worker_threads"
import { createFormatter } from "./formatter.ts"
import { type ReportStyle, reportStyle } from "./report-style.ts"

/** Says something about the watchdog itself on standard error. */
export function complain(sentence: string, style: ReportStyle = reportStyle()): void {
  process.stderr.write(createFormatter(style, { threadId }).trouble(sentence))
}

/** Makes of a callback one that harms nobody: when it throws, that is said on standard error. */
export function harmless<T>(
  name: string,
  callback: ((value: T) => void) | undefined,
  style?: ReportStyle,
): (value: T) => void {
  return (value) => {
    try {
      callback?.(value)
    } catch (error) {
      complain(`${name} threw ${inspect(error)}`, style)
    }
  }
}
