// How late an event loop may be before it counts as blocked.

import { inspect } from "node:util"
import { WatchdogError } from "./errors.ts"

export const DEFAULT_THRESHOLD_MILLIS = 50
const MIN_THRESHOLD_MILLIS = 1
const MAX_THRESHOLD_MILLIS = 3_600_000

/** Whether this is a threshold. */
export const isThreshold = (millis: unknown): millis is number =>
  typeof millis === "number" && millis >= MIN_THRESHOLD_MILLIS && millis <= MAX_THRESHOLD_MILLIS

/** What a threshold must be, for messages. */
export const THRESHOLD_RANGE = `a number of milliseconds from ${MIN_THRESHOLD_MILLIS} to ${MAX_THRESHOLD_MILLIS}`

/** @throws {WatchdogError} `ERR_WATCHDOG_THRESHOLD` */
export function checkThreshold(millis: unknown): void {
  if (isThreshold(millis)) return
  throw new WatchdogError(
    "ERR_WATCHDOG_THRESHOLD",
    `thresholdMillis is ${inspect(millis)}; give ${THRESHOLD_RANGE}`,
  )
}
