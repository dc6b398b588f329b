// What the watchdog says about itself.

import { formatTrouble } from "./format-report.ts"

/** Says something about the watchdog itself on standard error. */
export function complain(sentence: string): void {
  process.stderr.write(formatTrouble(sentence))
}
