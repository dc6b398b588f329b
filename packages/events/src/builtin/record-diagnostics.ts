// node:diagnostics_channel → events. The channels are known by their names and their messages by their shape: none of
// the packages that publish is imported, and a field that another version of them lacks is no fault.

import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { inspect } from "node:util"
import type { InputOf, Schema } from "@avrolet/avro"
import type { Recorder } from "../recorder.ts"
import { CallMade, CallRefused, CallServed, LoopBlocked, NameLookedUp } from "./diagnostic-events.ts"
import { quietly } from "./quietly.ts"

/**
 * Records what happens in this process, until it is disposed: RPC calls that are served (`CallServed`), made
 * (`CallMade`) and refused (`CallRefused`), blocks of the event loop that a watchdog sees (`LoopBlocked`), and names that
 * are looked up (`NameLookedUp`).
 */
export function recordDiagnostics(recorder: Pick<Recorder, "record">): Disposable {
  const attempt = quietly()
  const subscriptions = channels.map(({ name, event, read }) => {
    const listen = (message: unknown): void =>
      attempt(() => {
        if (isObject(message)) recorder.record(event, read(message))
      })
    subscribe(name, listen)
    return () => unsubscribe(name, listen)
  })
  return {
    [Symbol.dispose]() {
      for (const end of subscriptions) end()
    },
  }
}

type Told = Readonly<Record<string, unknown>>

interface RecordedChannel {
  readonly name: string
  readonly event: Schema
  readonly read: (message: Told) => unknown
}

/** That what is read fits the event is checked here. */
const recorded = <S extends Schema<unknown, unknown>>(
  name: string,
  event: S,
  read: (message: Told) => InputOf<S>,
): RecordedChannel => ({ name, event, read })

const channels: readonly RecordedChannel[] = [
  recorded("avrolet:rpc.served", CallServed, (told) => ({
    protocol: text(told["protocol"]),
    message: text(told["message"]),
    millis: number(told["millis"]),
    requestBytes: count(told["requestBytes"]),
    responseBytes: count(told["responseBytes"]),
    error: errorText(told["error"]),
  })),
  recorded("avrolet:rpc.call", CallMade, (told) => ({
    protocol: text(told["protocol"]),
    message: text(told["message"]),
    millis: number(told["millis"]),
    error: errorText(told["error"]),
  })),
  recorded("avrolet:rpc.refused", CallRefused, (told) => ({
    protocol: text(told["protocol"]),
    code: optionalText(told["code"]),
    error: errorText(told["error"]),
  })),
  recorded("avrolet:watchdog.block", LoopBlocked, (told) => ({
    startedAt: date(told["startedAt"]),
    millis: number(told["millis"]),
    cause: text(told["cause"]),
    call: optionalText(told["call"]),
    request: optionalText(told["request"]),
    stack: text(told["stack"]),
  })),
  recorded("avrolet:dns.lookup", NameLookedUp, (told) => ({
    hostname: text(told["hostname"]),
    millis: number(told["millis"]),
    source: optionalText(told["source"]),
    addresses: addresses(told["addresses"]),
    error: errorText(told["error"]),
  })),
]

const isObject = (value: unknown): value is Told => typeof value === "object" && value !== null
const text = (value: unknown): string => (typeof value === "string" ? value.toWellFormed() : "")
const optionalText = (value: unknown): string | null => (typeof value === "string" ? text(value) : null)
const number = (value: unknown): number => (typeof value === "number" ? value : Number.NaN)
const count = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : 0)
const date = (value: unknown): Date =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? value : new Date()

/** The code of an error where it has one: it is what one counts. */
function errorText(error: unknown): string | null {
  if (error === undefined || error === null) return null
  const { code, message } = isObject(error) ? error : { code: undefined, message: error }
  return optionalText(code) ?? optionalText(message) ?? inspect(error).toWellFormed()
}

function addresses(found: unknown): string[] {
  if (!Array.isArray(found)) return []
  return found.map((one: unknown) => text(isObject(one) ? one["address"] : one))
}
