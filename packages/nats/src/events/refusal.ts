// What the broker answers with when it does not do what it was asked, as errors of events.

import { EventsError, type EventsErrorCode } from "@avrolet/events"

/** By the broker's `err_code`: https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const byCode: Readonly<Record<number, EventsErrorCode>> = {
  10002: "ERR_EVENTS_FULL", // the account's resources
  10023: "ERR_EVENTS_FULL", // insufficient resources
  10028: "ERR_EVENTS_FULL", // memory
  10047: "ERR_EVENTS_FULL", // storage
  10077: "ERR_EVENTS_FULL", // the stream's limits, as its description says
  10054: "ERR_EVENTS_TOO_LARGE",
  10008: "ERR_EVENTS_UNAVAILABLE", // the cluster has no leader
  10009: "ERR_EVENTS_UNAVAILABLE",
  10164: "ERR_EVENTS_UNAVAILABLE",
}

/** Whether the broker refused a message because another one was published before it. */
export const isConflict = (error: unknown): boolean => codeOf(error) === 10071

/** Whether the broker knows no such stream. */
export const isMissing = (error: unknown): boolean => codeOf(error) === 10059

/** Whether there is no such stream, or nobody who takes a message: then the subject has none, or no broker leads it. */
export const isGone = (error: unknown): boolean =>
  isMissing(error) || (error as Error).name === "JetStreamNotEnabled"

/** Whether the broker knows no such consumer. */
export const isMissingConsumer = (error: unknown): boolean => codeOf(error) === 10014

/** The error of events for what the client of NATS failed with while it was to do `what`. */
export function refusal(what: string, cause: unknown): EventsError {
  if (cause instanceof EventsError) return cause
  const { name, message } = cause as Error
  return new EventsError(codeFor(cause, name), `Cannot ${what}: ${message}`, { cause })
}

function codeFor(cause: unknown, name: string): EventsErrorCode {
  const code = codeOf(cause)
  if (code !== undefined) return byCode[code] ?? "ERR_EVENTS_STORE"
  const root = (cause as Error).cause
  // By name: the classes are others in each copy of the client.
  if (
    name === "PermissionViolationError" ||
    (root instanceof Error && root.name === "PermissionViolationError")
  )
    return "ERR_EVENTS_FORBIDDEN"
  return "ERR_EVENTS_UNAVAILABLE" // no answer, no connection, or nobody who answers
}

function codeOf(error: unknown): number | undefined {
  const { name, code } = error as { name?: unknown; code?: unknown }
  return typeof name === "string" && /^(JetStreamApi|StreamNotFound|ConsumerNotFound)Error$/.test(name)
    ? Number(code)
    : undefined
}
