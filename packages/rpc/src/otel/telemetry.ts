// Spans and times of calls, by the names of OpenTelemetry's stable conventions for RPC (1.45):
//
//   span       <protocol>/<message>, of kind CLIENT or SERVER
//   metric     rpc.client.call.duration, rpc.server.call.duration, in seconds
//   both have  rpc.system.name = avro, rpc.method = <protocol>/<message>, rpc.response.status_code = OK or a code,
//              error.type = the code, where the call failed
//   spans have server.address and server.port of a client's call, client.address and client.port of a server's
//
// https://opentelemetry.io/docs/specs/semconv/rpc/

import type { Message } from "@avrolet/avro"
import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api"
import type { InterceptedCall, Interceptor } from "../interceptor.ts"
import { type Failure, type OutcomeAndCode, outcomeOfCall, outcomeOfServed } from "../outcome.ts"
import { createInstruments, type Instruments, type TelemetryOptions } from "./instruments.ts"
import { getter, setter } from "./trace-context.ts"

/**
 * An interceptor for `createClient`: a span and a time for each call, whose trace goes with it in its metadata. Inside
 * an interceptor that tries again there is a span for each try, around it one for all of them.
 */
export function clientTelemetry(options: TelemetryOptions = {}): Interceptor {
  const instruments = createInstruments("client", options)
  return (call, next) => {
    const attributes = attributesOf(call)
    const span = instruments.tracer.startSpan(methodOf(call), {
      kind: SpanKind.CLIENT,
      attributes: { ...attributes, ...addressOf("server", call.peer) },
    })
    const active = trace.setSpan(context.active(), span)
    propagation.inject(active, call.metadata, setter)
    const outcome = (failure: Failure): OutcomeAndCode => outcomeOfCall(failure, failure && call.signal)
    return context.with(
      active,
      record,
      undefined,
      instruments,
      span,
      attributes,
      next,
      outcome,
      isClientsError,
    )
  }
}

/**
 * An interceptor for `implement`: a span and a time for each call that is served, in the trace that came with it. A
 * trace that cannot be read, or is too large, is none: the call is served in a new one. In the handler the span is
 * active, so that the calls that it makes itself belong to it.
 */
export function serverTelemetry(options: TelemetryOptions = {}): Interceptor {
  const instruments = createInstruments("server", options)
  return (call, next) => {
    const attributes = attributesOf(call)
    const callers = propagation.extract(context.active(), call.metadata, getter)
    const span = instruments.tracer.startSpan(
      methodOf(call),
      { kind: SpanKind.SERVER, attributes: { ...attributes, ...addressOf("client", call.peer) } },
      callers,
    )
    const message = call.protocol.messages[call.message] as Message
    const outcome = (failure: Failure): OutcomeAndCode => outcomeOfServed(message, failure)
    const active = trace.setSpan(callers, span)
    return context.with(
      active,
      record,
      undefined,
      instruments,
      span,
      attributes,
      next,
      outcome,
      isServersError,
    )
  }
}

const methodOf = ({ protocol, message }: InterceptedCall): string => `${protocol.name}/${message}`

const attributesOf = (call: InterceptedCall): Attributes => ({
  "rpc.system.name": "avro",
  "rpc.method": methodOf(call),
})

const isClientsError = ({ outcome }: OutcomeAndCode): boolean => outcome !== "ok"

/** What its client asked for in vain is no fault of the server. */
const isServersError = ({ outcome }: OutcomeAndCode): boolean =>
  outcome === "failed" || outcome === "given-up"

async function record(
  { seconds }: Instruments,
  span: Span,
  attributes: Attributes,
  next: () => Promise<unknown>,
  outcomeOf: (failure: Failure) => OutcomeAndCode,
  isError: (outcome: OutcomeAndCode) => boolean,
): Promise<unknown> {
  const startedAt = performance.now()
  let failure: Failure
  try {
    return await next()
  } catch (error) {
    failure = { error }
    throw error
  } finally {
    const outcome = outcomeOf(failure)
    const told: Attributes = { "rpc.response.status_code": outcome.code ?? "OK" }
    if (isError(outcome) && outcome.code !== undefined) told["error.type"] = outcome.code
    seconds.record((performance.now() - startedAt) / 1000, { ...attributes, ...told })
    span.setAttributes(told)
    if (isError(outcome)) span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(failure?.error) })
    span.end()
  }
}

const MAX_MESSAGE_CHARS = 300
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE_CHARS)

/** `http://host:port/path`, `host:port`, `[::1]:port`; what else a transport names is taken for a name as it is. */
function addressOf(end: "client" | "server", peer: string | undefined): Attributes {
  if (peer === undefined) return {}
  const [, host = peer, port] =
    /^(?:https?:\/\/)?(\[[\d:a-f]+\]|[^/:]+)(?::(\d+))?(?:\/.*)?$/.exec(peer) ?? []
  const address = { [`${end}.address`]: host.replace(/^\[|\]$/g, "") }
  return port === undefined ? address : { ...address, [`${end}.port`]: Number(port) }
}
