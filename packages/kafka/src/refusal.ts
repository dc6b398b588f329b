// What Kafka, or its client, fails with, as errors of events.

import { EventsError, type EventsErrorCode } from "@avrolet/events"

/** By Kafka's own names of errors: https://kafka.apache.org/protocol#protocol_error_codes */
const byName: Readonly<Record<string, EventsErrorCode>> = {
  MESSAGE_TOO_LARGE: "ERR_EVENTS_TOO_LARGE",
  RECORD_LIST_TOO_LARGE: "ERR_EVENTS_TOO_LARGE",
  TOPIC_AUTHORIZATION_FAILED: "ERR_EVENTS_FORBIDDEN",
  GROUP_AUTHORIZATION_FAILED: "ERR_EVENTS_FORBIDDEN",
  CLUSTER_AUTHORIZATION_FAILED: "ERR_EVENTS_FORBIDDEN",
  SASL_AUTHENTICATION_FAILED: "ERR_EVENTS_FORBIDDEN",
  UNSUPPORTED_SASL_MECHANISM: "ERR_EVENTS_FORBIDDEN",
  INVALID_RECORD: "ERR_EVENTS_STORE",
  OFFSET_OUT_OF_RANGE: "ERR_EVENTS_STORE",
  INVALID_TOPIC_EXCEPTION: "ERR_EVENTS_STORE",
  POLICY_VIOLATION: "ERR_EVENTS_STORE",
  INVALID_REPLICATION_FACTOR: "ERR_EVENTS_STORE",
  UNSUPPORTED_FOR_MESSAGE_FORMAT: "ERR_EVENTS_STORE",
}

const byCode: Readonly<Record<string, EventsErrorCode>> = {
  PLT_KFK_USER: "ERR_EVENTS_STORE",
  PLT_KFK_UNSUPPORTED_API: "ERR_EVENTS_STORE",
  PLT_KFK_UNSUPPORTED_COMPRESSION: "ERR_EVENTS_STORE",
}

/** By OpenSSL's reasons not to trust a certificate, and those that a broker gives not to trust ours. */
const CERTIFICATE =
  /^(CERT_|ERR_TLS_CERT_|UNABLE_TO_(GET|VERIFY|DECRYPT)_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA$|HOSTNAME_MISMATCH$|ERR_SSL_.*ALERT.*(CERTIFICATE|UNKNOWN_CA))/

const CERTIFICATE_HINT =
  "give the authority to trust in `tls.ca`, and the certificate of this program in `tls.cert`"
const SIZE_HINT = "lower `requestBytes`, or raise the topic's max.message.bytes"
const CLOSED_HINT = "the broker is going down, or wants TLS, a certificate or credentials: `tls`, `sasl`"

/**
 * The error of events for what Kafka's client failed with while it was to do `what`. What is not known to be for ever is
 * `ERR_EVENTS_UNAVAILABLE`.
 */
export function refusal(what: string, cause: unknown): EventsError {
  if (cause instanceof EventsError) return cause
  const all = flat(cause)
  const reasons = all.filter(({ errors }) => errors === undefined).map(({ message }) => message)
  const known = all.map(codeOf).find((one) => one !== undefined)
  if (known === "ERR_EVENTS_TOO_LARGE") reasons.push(SIZE_HINT)
  else if (all.some(isOfCertificate)) reasons.push(CERTIFICATE_HINT)
  else if (reasons.some((reason) => reason.startsWith("Connection closed"))) reasons.push(CLOSED_HINT)
  const code = isUnknownTopic(cause) ? undefined : known // it may be made
  return new EventsError(
    code ?? "ERR_EVENTS_UNAVAILABLE",
    `Cannot ${what}: ${[...new Set(reasons)].join("; ")}`,
    { cause },
  )
}

function codeOf(failure: Failure): EventsErrorCode | undefined {
  if (isOfCertificate(failure)) return "ERR_EVENTS_FORBIDDEN"
  if (isOfConnection(failure)) return undefined
  if (failure.code === "PLT_KFK_AUTHENTICATION") return "ERR_EVENTS_FORBIDDEN"
  return byName[String(failure.apiId)] ?? byCode[String(failure.code)]
}

const isOfCertificate = ({ code }: Failure): boolean => CERTIFICATE.test(String(code))

/**
 * Whether it broke, or the client said who it is out of turn, whatever the client calls it: a failed authentication, a
 * mistake of the user's.
 */
const isOfConnection = ({ cause }: Failure): boolean =>
  flat(cause).some(
    ({ code, apiId }) =>
      code === "PLT_KFK_NETWORK" || apiId === "ILLEGAL_SASL_STATE" || /^(ECONN|EPIPE)/.test(String(code)),
  )

/** Whether a topic is not there: versions of the client differ in how they say so. */
export const isUnknownTopic = (error: unknown): boolean =>
  flat(error).some(
    ({ apiId, message }) => apiId === "UNKNOWN_TOPIC_OR_PARTITION" || message.startsWith("Unknown topic "),
  )

/** Whether Kafka said this, by its own name of the error. */
export const isKafkaError = (error: unknown, name: string): boolean =>
  flat(error).some(({ apiId }) => apiId === name)

interface Failure {
  readonly message: string
  readonly code?: unknown
  readonly cause?: unknown
  readonly apiId?: unknown
  readonly errors?: unknown
}

/** An error with all that it is made of: the client wraps what several brokers, or tries, have failed with. */
function flat(error: unknown): Failure[] {
  const found: Failure[] = []
  const open: unknown[] = [error]
  for (const next of open) {
    if (typeof next !== "object" || next === null || found.length > 100) continue
    const failure = next as Failure
    found.push(failure)
    if (Array.isArray(failure.errors)) open.push(...failure.errors)
    if (failure.cause !== undefined) open.push(failure.cause)
  }
  return found
}
