// What the watchdog says about itself.

import { threadId } from "node:worker_threads"
import { createFormatter } from "./formatter.ts"
import { type ReportStyle, reportStyle } from "./report-style.ts"

/** Says something about the watchdog itself on standard error. */
export function complain(sentence: string, style: ReportStyle = reportStyle()): void {
  process.stderr.write(createFormatter(style, { threadId }).trouble(sentence))
}
