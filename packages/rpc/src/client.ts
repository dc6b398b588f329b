// A typed client: one method for each message of a protocol.

import type { Message, MessageTypes, Protocol } from "@avrolet/avro"
import { countCallMade, rememberCallsServed } from "./being-served.ts"
import type { Cancellation } from "./cancellation.ts"
import { type CallLimits, checkTimeout, withDeadline, withLimits } from "./deadline.ts"
import { type CallEvent, callChannel, type Unfinished } from "./diagnostics.ts"
import { type Interceptor, intercept } from "./interceptor.ts"
import { createMetadata, type Metadata, NO_METADATA } from "./metadata.ts"
import { type Failure, outcomeOfCall } from "./outcome.ts"
import { OutgoingCall } from "./outgoing-call.ts"
import { CallExchange, type ClientState, createClientState, request, requestInSession } from "./request.ts"
import type { Session, Transport } from "./transport.ts"

/** Options of a client. */
export interface ClientOptions {
  /** The `timeoutMillis` of calls that say nothing else. Default: no limit. */
  readonly timeoutMillis?: number
  /** Called around every call, the first outermost. */
  readonly interceptors?: readonly Interceptor[]
}

/** Options of one call. */
export interface CallOptions extends CallLimits {
  /** Sent beside the parameters; a handler finds it in its context. */
  readonly metadata?: Metadata
  /** Gets what the server sent beside the result, or beside the error, before the call settles; not called when no response came. */
  readonly onMetadata?: (metadata: Readonly<Metadata>) => void
}

/** A method for each message: from its parameters to its response. */
export type Client<Messages> = {
  readonly [M in keyof Messages]: Messages[M] extends MessageTypes ? ClientMethod<Messages[M]> : never
}

type ClientMethod<M extends MessageTypes> = {} extends M["requestInput"]
  ? (parameters?: M["requestInput"], options?: CallOptions) => Promise<M["response"]>
  : (parameters: M["requestInput"], options?: CallOptions) => Promise<M["response"]>

/**
 * Makes a client of the service at the other end of `transport`, whose version of the protocol may
 * be another. The transport stays the caller's to close.
 *
 * A method rejects with an `AvroError` for parameters that do not fit (nothing is sent), a
 * `DeclaredError` that the server answered (see `isDeclaredError`), or an `RpcError`. Throws a
 * `TypeError` for a protocol with a message `then`: every `await` would call it.
 */
export function createClient<Messages, Errors>(
  protocol: Protocol<Messages, Errors>,
  transport: Transport,
  options: ClientOptions = {},
): Client<Messages> {
  checkTimeout(options.timeoutMillis)
  const state = createClientState(protocol as unknown as Protocol)
  const caller: Caller = {
    state,
    transport,
    session: transport.openSession?.(state.protocol),
    interceptors: [...(options.interceptors ?? [])],
    timeoutMillis: options.timeoutMillis,
  }
  rememberCallsServed()
  const client = Object.create(null) as Record<string, unknown>
  for (const [name, message] of Object.entries(state.protocol.messages)) {
    if (name === "then") throw new TypeError(`A client of ${protocol.name} cannot have a method named then`)
    const fullName = `${protocol.name}.${name}`
    client[name] = (parameters: unknown = {}, callOptions: CallOptions = {}) => {
      countCallMade(fullName)
      return makeCall(caller, message, parameters, callOptions)
    }
  }
  return Object.freeze(client) as Client<Messages>
}

/** What the methods of a client share. */
interface Caller {
  readonly state: ClientState
  readonly transport: Transport
  readonly session: Session | undefined
  readonly interceptors: readonly Interceptor[]
  readonly timeoutMillis: number | undefined
}

function makeCall(
  caller: Caller,
  message: Message,
  parameters: unknown,
  options: CallOptions,
): Promise<unknown> {
  // Only who wants to know has it settled once more: that is a tenth of what a small call takes its client.
  const isTold = callChannel.hasSubscribers || options.onMetadata !== undefined
  const startedAt = isTold ? performance.now() : 0
  const { timeoutMillis = caller.timeoutMillis, signal, detached } = options
  let call: OutgoingCall | undefined
  const result = withDeadline({ timeoutMillis, signal, detached }, (cancellation) => {
    call = createCall(caller, message, parameters, options, cancellation)
    return caller.interceptors.length === 0 ? send(caller, call) : sendThroughInterceptors(caller, call)
  })
  return isTold ? tellOf(result, caller, message, call, startedAt, options) : result
}

async function tellOf(
  result: Promise<unknown>,
  caller: Caller,
  message: Message,
  call: OutgoingCall | undefined,
  startedAt: number,
  { signal, onMetadata }: CallOptions,
): Promise<unknown> {
  let failure: Failure
  try {
    return await result
  } catch (error) {
    failure = { error }
    throw error
  } finally {
    if (callChannel.hasSubscribers) {
      callChannel.publish(eventOf(caller, message, call, performance.now() - startedAt, failure, signal))
    }
    if (call?.received !== undefined) onMetadata?.(call.received)
  }
}

function createCall(
  { state, interceptors, transport }: Caller,
  message: Message,
  parameters: unknown,
  { metadata = NO_METADATA }: CallOptions,
  cancellation: Cancellation,
): OutgoingCall {
  const own = interceptors.length === 0 ? metadata : Object.assign(createMetadata(), metadata) // they may add to it
  return new OutgoingCall(state.protocol, message, parameters, own, cancellation, transport.peer)
}

function sendThroughInterceptors(caller: Caller, call: OutgoingCall): Promise<unknown> {
  const work = async (own: OutgoingCall): Promise<unknown> => {
    own.cancellation.throwIfCancelled() // nobody waits for another try
    return send(caller, own)
  }
  return intercept(caller.interceptors, call, work, (limits, outer, within) =>
    withLimits(limits, outer.cancellation, (limitedTo) => outer.try(limitedTo, within)),
  )
}

function send({ state, session, transport }: Caller, call: OutgoingCall): Promise<unknown> {
  call.tally.tries++
  if (session !== undefined) return requestInSession(session, call)
  return request(state, new CallExchange(call), (bytes) => transport.send(bytes, call.cancellation))
}

const NEVER_MADE = { tries: 0, requestBytes: 0, responseBytes: 0 }

/** A call without `call` was over before it was made: its limits were none, or nobody waited. */
function eventOf(
  { state, transport }: Caller,
  { name }: Message,
  call: OutgoingCall | undefined,
  millis: number,
  failure: Failure,
  signal: AbortSignal | undefined,
): CallEvent {
  const { tries, requestBytes, responseBytes } = call?.tally ?? NEVER_MADE
  const peer = call?.server ?? transport.peer
  const { outcome, code } = outcomeOfCall(failure, signal)
  const event: Unfinished<CallEvent> = {
    protocol: state.protocol.name,
    message: name,
    millis,
    requestBytes,
    responseBytes,
    outcome,
    tries,
  }
  if (code !== undefined) event.code = code
  if (peer !== undefined) event.peer = peer
  if (failure !== undefined) event.error = failure.error
  return event
}
