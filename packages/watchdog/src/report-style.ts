// How reports are to be written: decided once, on the watched thread, from what the program and its user say.

import { isatty, WriteStream } from "node:tty"
import { inspect } from "node:util"
import { WatchdogError } from "./errors.ts"

/** `"pretty"` for people, `"json"` for programs: one line of JSON a report, a `ReportLine`. */
export type ReportForm = "pretty" | "json"

/** How to write for this terminal. */
export interface ReportStyle {
  /** Default `"pretty"`. */
  readonly form?: ReportForm
  readonly color: boolean
  /** Paths are shown relative to it. */
  readonly directory: string
}

const VARIABLE = "AVROLET_PRINT"
const STDERR = 2

/** How reports on standard error are written, if the program does not say: pretty on a terminal, else JSON. */
export const reportStyle = (form: ReportForm = defaultForm()): ReportStyle => ({
  form,
  color: form === "pretty" && usesColor(),
  directory: process.cwd(),
})

/** @throws {WatchdogError} `ERR_WATCHDOG_OPTION` */
export function checkPrint(print: unknown): void {
  if (typeof print === "boolean" || isForm(print)) return
  throw new WatchdogError("ERR_WATCHDOG_OPTION", `print is ${inspect(print)}; give ${FORMS}, true or false`)
}

/** What is wrong with the environment's wish, as a sentence; undefined if nothing is. */
export function troubleWithPrint(): string | undefined {
  const form = process.env[VARIABLE]
  return !form || isForm(form) ? undefined : `${VARIABLE} is ${JSON.stringify(form)}; give ${FORMS}`
}

const FORMS = '"pretty" or "json"'

const isForm = (form: unknown): form is ReportForm => form === "pretty" || form === "json"

function defaultForm(): ReportForm {
  const form = process.env[VARIABLE]
  if (isForm(form)) return form
  return isatty(STDERR) ? "pretty" : "json"
}

// As util.styleText decides for a stream, but without opening process.stderr. The method takes no notice of `this`.
function usesColor(): boolean {
  const isForced = process.env["FORCE_COLOR"] !== undefined
  return (isForced || isatty(STDERR)) && WriteStream.prototype.getColorDepth() > 2
}
