// The server's side of one call, from request bytes to response bytes.
//
//   request  = handshake? metadata message-name parameters
//   response = handshake? metadata error-flag (result | error)
//
// Every message has its handshake, but for those that follow on a connection that remembers one. Read
// `respondInSession` from top to bottom; each step is one paragraph of the spec:
// https://avro.apache.org/docs/1.12.0/specification/#protocol-wire-format

import type { Message, Protocol } from "@avrolet/avro"
import { bytesOf, createReader, type Reader, type Writer } from "@avrolet/avro/binary"
import { whileServing } from "./being-served.ts"
import { type Call, type Ping, readCall, writeError, writeResult } from "./call.ts"
import type { Cancellation } from "./cancellation.ts"
import {
  type RefusedEvent,
  refusedChannel,
  type ServedEvent,
  serveChannel,
  servedChannel,
  type Unfinished,
} from "./diagnostics.ts"
import { RpcError } from "./errors.ts"
import { acceptHandshake } from "./handshake.ts"
import type { Service } from "./implement.ts"
import { intercept } from "./interceptor.ts"
import { type Metadata, NO_METADATA } from "./metadata.ts"
import { type Failure, outcomeOfServed } from "./outcome.ts"
import { type NameOfPeer, ServedCall } from "./served-call.ts"

/**
 * Answers one request. Whatever the handler throws becomes an error response. Throws
 * `ERR_RPC_HANDSHAKE` when the handshake cannot be read: there is then no protocol to answer in. `nameOfPeer`
 * says who asks, for those who watch calls.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#protocol-wire-format
 */
export async function respond(
  service: Service,
  request: Uint8Array,
  cancellation: Cancellation,
  nameOfPeer?: NameOfPeer,
): Promise<Uint8Array> {
  let response: Uint8Array = NOTHING
  await respondInSession(service, createServerSession(nameOfPeer), request, cancellation, (write) => {
    response = bytesOf(write)
  })
  return response
}

/** What a connection remembers of its client. */
export interface ServerSession {
  readonly nameOfPeer: NameOfPeer | undefined
  /** The client's protocol, once a handshake has told which. */
  client: Protocol | undefined
}

/** A session without a handshake yet. */
export function createServerSession(nameOfPeer?: NameOfPeer): ServerSession {
  return { nameOfPeer, client: undefined }
}

/** Writes the response, and returns why it is an error, if it is one. */
export type WriteResponse = (writer: Writer) => Failure

/**
 * Answers one request of a session, as `respond` does: `reply` is called with what writes the response,
 * or not at all where none is due. Resolves to a ping's metadata.
 */
export async function respondInSession(
  service: Service,
  session: ServerSession,
  request: Uint8Array,
  cancellation: Cancellation,
  reply: (write: WriteResponse) => void,
): Promise<Metadata | undefined> {
  const reader = createReader(request)
  const handshake = session.client === undefined ? shakeHands(service, session, reader) : NOTHING
  const { client } = session
  if (client === undefined) {
    reply((writer) => writeOnly(writer, handshake)) // the client resends with its protocol
    return undefined
  }

  const startedAt = performance.now()
  const requestBytes = reader.remaining
  const peer = servedChannel.hasSubscribers ? session.nameOfPeer?.() : undefined // it may be gone later
  let call: Call | Ping | undefined
  let served: ServedCall | undefined
  let result: unknown
  let failure: Failure
  try {
    call = readCall(reader, client, service.protocol)
    if (call.message !== undefined) {
      served = new ServedCall(service.protocol, call, cancellation, startedAt, session.nameOfPeer)
      result = await serve(service, served)
    }
  } catch (error) {
    failure = { error }
  }
  served?.end()
  if (call?.message === undefined && failure === undefined) {
    reply((writer) => writeOnly(writer, handshake)) // a ping: the handshake was all
    return call?.metadata
  }

  let responseBytes = 0
  if (call?.message === undefined || !call.oneWay || handshake !== NOTHING) {
    reply((writer) => {
      writer.writeFixed(handshake)
      const start = writer.length
      failure = writeOutcome(writer, call?.message, served?.metadataToSend ?? NO_METADATA, result, failure)
      responseBytes = writer.length - start
      return failure
    })
  }
  if (call?.message === undefined || served === undefined)
    publishRefusal(service.protocol.name, failure?.error, session.nameOfPeer)
  else if (servedChannel.hasSubscribers) {
    const millis = performance.now() - startedAt
    const measured = { millis, requestBytes, responseBytes }
    servedChannel.publish(eventOf(service, call.message, measured, served, peer, failure))
  }
  return undefined
}

const NOTHING = new Uint8Array(0)

/** Reads the client's handshake into the session, and returns the answer to it. */
function shakeHands(
  { protocol, "~seen": seen }: Service,
  session: ServerSession,
  reader: Reader,
): Uint8Array {
  const handshake = acceptHandshake(reader, protocol, seen)
  if (handshake.match !== "NONE") session.client = handshake.clientProtocol
  return handshake.answer
}

function writeOnly(writer: Writer, handshake: Uint8Array): Failure {
  writer.writeFixed(handshake)
  return undefined
}

/** Runs the handler, where whoever asks can know what is being served. Not at all if nobody waits for it. */
function serve(service: Service, call: ServedCall): unknown {
  call.throwIfGivenUp()
  if (!serveChannel.hasSubscribers) return whileServing(call, handle, service, call)
  const event = { protocol: service.protocol.name, message: call.message, isOver: false }
  call.event = event
  return serveChannel.runStores(event, whileServing, undefined, call, handle, service, call)
}

function handle(service: Service, call: ServedCall): unknown {
  const { "~handlers": handlers, "~interceptors": interceptors } = service
  const handler = handlers.get(call.message)
  if (handler === undefined) throw new TypeError(`No handler for message ${call.message}`)
  if (interceptors.length === 0) return handler(call.parameters, call)
  return intercept(interceptors, call, async () => {
    call.throwIfGivenUp()
    return handler(call.parameters, call)
  })
}

/** Writes the response, and returns why it is an error: a result that does not fit its type is one too. */
function writeOutcome(
  writer: Writer,
  message: Message | undefined,
  metadata: Readonly<Metadata>,
  result: unknown,
  failure: Failure,
): Failure {
  const start = writer.length
  if (message !== undefined && failure === undefined) {
    try {
      writeResult(writer, message, result, metadata)
      return undefined
    } catch (error) {
      writer.truncate(start) // drop a half-written result
      failure = { error }
    }
  }
  try {
    writeError(writer, message, failure?.error, metadata)
  } catch {
    writer.truncate(start) // it is the metadata that cannot be written
    writeError(writer, message, failure?.error, NO_METADATA)
  }
  return failure
}

type Measured = Pick<ServedEvent, "millis" | "requestBytes" | "responseBytes">

function eventOf(
  { protocol }: Service,
  message: Message,
  { millis, requestBytes, responseBytes }: Measured,
  { callsMade }: ServedCall,
  peer: string | undefined,
  failure: Failure,
): ServedEvent {
  const { outcome, code } = outcomeOfServed(message, failure)
  const event: Unfinished<ServedEvent> = {
    protocol: protocol.name,
    message: message.name,
    millis,
    requestBytes,
    responseBytes,
    outcome,
    calls: 0,
  }
  if (code !== undefined) event.code = code
  if (peer !== undefined) event.peer = peer
  if (failure !== undefined) event.error = failure.error
  if (callsMade !== undefined) {
    event.callsByMessage = callsMade
    for (const count of callsMade.values()) event.calls += count
  }
  return event
}

/** Tells that a request never became a call. */
export function publishRefusal(protocol: string, error: unknown, nameOfPeer?: NameOfPeer): void {
  if (!refusedChannel.hasSubscribers) return
  const event: Unfinished<RefusedEvent> = { protocol, error }
  if (error instanceof RpcError) event.code = error.code
  const peer = nameOfPeer?.()
  if (peer !== undefined) event.peer = peer
  refusedChannel.publish(event)
}
