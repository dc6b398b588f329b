/** What went wrong with events. `docs/reference/errors.md` lists every code with its remedy. */
export type EventsErrorCode =
  | "ERR_EVENTS_CLOSED"
  | "ERR_EVENTS_DAMAGED"
  | "ERR_EVENTS_FORBIDDEN"
  | "ERR_EVENTS_FOREIGN"
  | "ERR_EVENTS_FULL"
  | "ERR_EVENTS_SCHEMA"
  | "ERR_EVENTS_SPOOL"
  | "ERR_EVENTS_STORE"
  | "ERR_EVENTS_SQL"
  | "ERR_EVENTS_TOO_LARGE"
  | "ERR_EVENTS_UNAVAILABLE"

const brand: unique symbol = Symbol.for("avrolet.EventsError")

/** The one class of error this package throws. Switch on `code`, not on the message. */
export class EventsError extends Error {
  override readonly name = "EventsError"
  readonly code: EventsErrorCode
  readonly [brand] = true

  constructor(code: EventsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Holds across copies of this package, where `instanceof` alone does not. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value
  }
}
