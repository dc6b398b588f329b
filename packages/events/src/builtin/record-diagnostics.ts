// node:diagnostics_channel → events. The channels are known by their names and their messages by their shape: none of
// the packages that publish is imported, and a field that another version of them lacks is no fault.

import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { inspect } from "node:util"
import type { InputOf, Schema } from "@avrolet/avro"
import type { Recorder } from "../recorder.ts"
import {
  CallMade,
  CallRefused,
  CallServed,
  LoopBlocked,
  NameLookedUp,
  ServerChanged,
} from "./diagnostic-events.ts"
import { quietly } from "./quietly.ts"

/**
 * Records what happens in this process, until it is disposed: RPC calls that are served (`CallServed`), made
 * (`CallMade`) and refused (`CallRefused`), servers that come and go (`ServerChanged`), blocks of the event loop that a
 * watchdog sees (`LoopBlocked`), and names that are looked up (`NameLookedUp`).
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
    ...finishedCall(told),
    calls: count(told["calls"]),
    callsByMessage: counts(told["callsByMessage"]),
  })),
  recorded("avrolet:rpc.call", CallMade, (told) => ({ ...finishedCall(told), tries: count(told["tries"]) })),
  recorded("avrolet:rpc.server", ServerChanged, (told) => ({
    server: text(told["server"]),
    change: text(told["change"]),
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
    threadId: count(told["threadId"]),
    request: optionalText(told["request"]),
    httpRequest: optionalText(told["httpRequest"]),
    contexts: texts(told["contexts"]),
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

/** What both sides tell of a call that is over. */
const finishedCall = (told: Told) => ({
  protocol: text(told["protocol"]),
  message: text(told["message"]),
  millis: number(told["millis"]),
  requestBytes: count(told["requestBytes"]),
  responseBytes: count(told["responseBytes"]),
  outcome: text(told["outcome"]),
  code: optionalText(told["code"]),
  peer: optionalText(told["peer"]),
  error: errorText(told["error"]),
})

const isObject = (value: unknown): value is Told => typeof value === "object" && value !== null
const text = (value: unknown): string => (typeof value === "string" ? value.toWellFormed() : "")
const optionalText = (value: unknown): string | null => (typeof value === "string" ? text(value) : null)
const number = (value: unknown): number => (typeof value === "number" ? value : Number.NaN)
const count = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : 0)

function counts(value: unknown): Record<string, number> {
  if (!(value instanceof Map)) return {}
  return Object.fromEntries(Array.from(value, ([name, times]) => [text(name), count(times)]))
}

const date = (value: unknown): Date =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? value : new Date()

/** The text of an error, with its code before it where it has one. */
function errorText(error: unknown): string | null {
  if (error === undefined || error === null) return null
  const { code, message } = isObject(error) ? error : { code: undefined, message: error }
  const said = optionalText(message) ?? inspect(error).toWellFormed()
  return typeof code === "string" ? `${text(code)}: ${said}` : said
}

function texts(value: unknown): Record<string, string> {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [text(name), text(held)]))
}

function addresses(found: unknown): string[] {
  if (!Array.isArray(found)) return []
  return found.map((one: unknown) => text(isObject(one) ? one["address"] : one))
}
