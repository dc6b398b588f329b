// Spans and times of calls, by the names of OpenTelemetry's stable conventions for RPC (1.45):
//
//   span       <protocol>/<message>, of kind CLIENT or SERVER
//   metric     rpc.client.call.duration, rpc.server.call.duration, in seconds
//   both have  rpc.system.name = avro, rpc.method = <protocol>/<message>, rpc.response.status_code = OK or a code,
//              error.type = the code, where the call failed
//   spans have server.address and server.port of a client's call, client.address and client.port of a server's;
//              network.peer.address of a call to one of the servers behind a name
//
// https://opentelemetry.io/docs/specs/semconv/rpc/

import type { Message, Protocol } from "@avrolet/avro"
import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api"
import { reasonOf } from "../errors.ts"
import type { InterceptedCall, Interceptor } from "../interceptor.ts"
import { type Failure, type OutcomeAndCode, outcomeOfCall, outcomeOfServed } from "../outcome.ts"
import { createInstruments, type TelemetryOptions } from "./instruments.ts"
import { getter, setter } from "./trace-context.ts"

/**
 * An interceptor for `createClient`: a span and a time for each call, whose trace goes with it in its metadata. Inside
 * an interceptor that tries again there is a span for each try, around it one for all of them.
 */
export function clientTelemetry(options: TelemetryOptions = {}): Interceptor {
  const { tracer, seconds } = createInstruments("client", options)
  return (call, next) => {
    const names = namesOf(call)
    const span = tracer.startSpan(names.method, { kind: SpanKind.CLIENT, attributes: names.attributes })
    if (span.isRecording()) span.setAttributes(addressOf("server", call.peer))
    const active = within(span, context.active())
    propagation.inject(active, call.metadata, setter)
    return record(next, active, (failure, millis) => {
      const outcome = outcomeOfCall(failure, failure && call.signal)
      const told = toldOf(outcome, outcome.outcome !== "ok")
      seconds.record(millis / 1000, told === OK ? names.whenOk : { ...names.attributes, ...told })
      if (call.server !== undefined && span.isRecording())
        span.setAttributes(addressOf(call.peer === undefined ? "server" : "network.peer", call.server))
      end(span, told, failure)
    })
  }
}

/**
 * An interceptor for `implement`: a span and a time for each call that is served, in the trace that came with it. A
 * trace that cannot be read, or is too large, is none: the call is served in a new one. In the handler the span is
 * active, so that the calls that it makes itself belong to it.
 */
export function serverTelemetry(options: TelemetryOptions = {}): Interceptor {
  const { tracer, seconds } = createInstruments("server", options)
  return (call, next) => {
    const names = namesOf(call)
    const callers = propagation.extract(context.active(), call.metadata, getter)
    const { method, attributes } = names
    const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, callers)
    if (span.isRecording()) span.setAttributes(addressOf("client", call.peer))
    return record(next, within(span, callers), (failure, millis) => {
      const outcome = outcomeOfServed(call.protocol.messages[call.message] as Message, failure)
      // What its client asked for in vain is no fault of the server.
      const told = toldOf(outcome, outcome.outcome === "failed" || outcome.outcome === "given-up")
      seconds.record(millis / 1000, told === OK ? names.whenOk : { ...names.attributes, ...told })
      end(span, told, failure)
    })
  }
}

/** Makes the call where its span is active, and says what came of it. */
async function record(
  next: () => Promise<unknown>,
  active: Context,
  finish: (failure: Failure, millis: number) => void,
): Promise<unknown> {
  const startedAt = performance.now()
  let failure: Failure
  try {
    return await context.with(active, next)
  } catch (error) {
    failure = { error }
    throw error
  } finally {
    finish(failure, performance.now() - startedAt)
  }
}

/** Where a span is active; where it was, if nobody registered anything that makes spans. */
function within(span: Span, outer: Context): Context {
  return isSpanContextValid(span.spanContext()) ? trace.setSpan(outer, span) : outer
}

/** What all calls of a message have in common. To make it for each took as long as all else that nobody records. */
interface Names {
  readonly method: string
  readonly attributes: Attributes
  readonly whenOk: Attributes
}

const namesByProtocol = new WeakMap<Protocol, Map<string, Names>>()

function namesOf({ protocol, message }: InterceptedCall): Names {
  let byMessage = namesByProtocol.get(protocol)
  if (byMessage === undefined) namesByProtocol.set(protocol, (byMessage = new Map()))
  let names = byMessage.get(message)
  if (names === undefined) {
    const method = `${protocol.name}/${message}`
    const attributes = { "rpc.system.name": "avro", "rpc.method": method }
    names = { method, attributes, whenOk: { ...attributes, ...OK } }
    byMessage.set(message, names)
  }
  return names
}

/** What came of a call. */
interface Told extends Attributes {
  readonly "rpc.response.status_code": string
  readonly "error.type"?: string
}

const OK: Told = { "rpc.response.status_code": "OK" }

function toldOf({ code }: OutcomeAndCode, isError: boolean): Told {
  if (code === undefined) return OK
  return isError
    ? { "rpc.response.status_code": code, "error.type": code }
    : { "rpc.response.status_code": code }
}

const MAX_MESSAGE_CHARS = 300

function end(span: Span, told: Told, failure: Failure): void {
  span.setAttributes(told)
  if (told["error.type"] !== undefined) {
    const message = reasonOf(failure?.error).slice(0, MAX_MESSAGE_CHARS)
    span.setStatus({ code: SpanStatusCode.ERROR, message })
  }
  span.end()
}

/** `http://host:port/path`, `host:port`, `[::1]:port`; what else a transport names is taken for a name as it is. */
function addressOf(side: "client" | "server" | "network.peer", peer: string | undefined): Attributes {
  if (peer === undefined) return {}
  const [, host = peer, port] =
    /^(?:https?:\/\/)?(\[[\d:a-f]+\]|[^/:]+)(?::(\d+))?(?:\/.*)?$/.exec(peer) ?? []
  const address = { [`${side}.address`]: host.replace(/^\[|\]$/g, "") }
  return port === undefined ? address : { ...address, [`${side}.port`]: Number(port) }
}
