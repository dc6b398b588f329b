/** What went wrong: mostly, why the watchdog refused to start. */
export type WatchdogErrorCode =
  | "ERR_WATCHDOG_BLOCKED"
  | "ERR_WATCHDOG_INSPECTOR"
  | "ERR_WATCHDOG_INTERRUPTED"
  | "ERR_WATCHDOG_OPTION"
  | "ERR_WATCHDOG_PROCESS"
  | "ERR_WATCHDOG_THREAD"
  | "ERR_WATCHDOG_THRESHOLD"
  | "ERR_WATCHDOG_WATCHED"

const brand: unique symbol = Symbol.for("avrolet.WatchdogError")

/** The one class of error this package throws. Switch on `code`, not on the message. */
export class WatchdogError extends Error {
  override readonly name = "WatchdogError"
  readonly code: WatchdogErrorCode
  readonly [brand] = true

  constructor(code: WatchdogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Holds across copies of this package, where `instanceof` alone does not. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value
  }
}
