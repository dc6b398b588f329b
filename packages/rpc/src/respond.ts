// The server's side of one call, from request bytes to response bytes.
//
//   request  = handshake metadata message-name parameters
//   response = handshake metadata error-flag (result | error)
//
// Read `respond` from top to bottom; each step is one paragraph of the spec:
// https://avro.apache.org/docs/1.12.0/specification/#protocol-wire-format

import { createReader, createWriter } from "@avrolet/avro/binary"
import { type Call, readCall, writeError, writeResult } from "./call.ts"
import type { Cancellation } from "./cancellation.ts"
import {
  type RefusedEvent,
  refusedChannel,
  type ServedEvent,
  type ServeEvent,
  serveChannel,
  servedChannel,
} from "./diagnostics.ts"
import { RpcError } from "./errors.ts"
import { acceptHandshake } from "./handshake.ts"
import type { Service } from "./implement.ts"

/**
 * Answers one request. Whatever the handler throws becomes an error response. Throws
 * `ERR_RPC_HANDSHAKE` when the handshake cannot be read: there is then no protocol to answer in.
 */
export async function respond(
  service: Service,
  request: Uint8Array,
  cancellation: Cancellation,
): Promise<Uint8Array> {
  const { protocol } = service
  const reader = createReader(request)
  const writer = createWriter()

  const handshake = acceptHandshake(reader, writer, protocol, service["~seen"])
  if (handshake.match === "NONE") return writer.finish() // the client resends with its protocol

  const afterHandshake = writer.length
  const startedAt = performance.now()
  let call: Call | undefined
  let failure: { error: unknown } | undefined
  try {
    call = readCall(reader, handshake.clientProtocol, protocol)
    if (call === undefined) return writer.finish() // a ping: the handshake was all
    const result = await invoke(service, call, cancellation)
    writeResult(writer, call.message, result)
  } catch (error) {
    failure = { error }
    writer.truncate(afterHandshake) // drop a half-written result, keep the handshake
    writeError(writer, call?.message, error)
  }
  const response = writer.finish()

  if (call === undefined) {
    publishRefusal(protocol.name, failure?.error)
  } else if (servedChannel.hasSubscribers) {
    servedChannel.publish({
      protocol: protocol.name,
      message: call.message.name,
      millis: performance.now() - startedAt,
      requestBytes: request.length,
      responseBytes: response.length,
      ...failure,
    } satisfies ServedEvent)
  }
  return response
}

/** Runs the handler, where whoever asks can know what is being served. */
function invoke(
  service: Service,
  { message, parameters, metadata }: Call,
  cancellation: Cancellation,
): unknown {
  const handler = service["~handlers"].get(message.name)
  if (handler === undefined) throw new TypeError(`No handler for message ${message.name}`)
  const context = {
    message: message.name,
    metadata,
    get signal() {
      return cancellation.signal
    },
  }
  if (!serveChannel.hasSubscribers) return handler(parameters, context)
  const event: ServeEvent = { protocol: service.protocol.name, message: message.name }
  return serveChannel.runStores(event, handler, undefined, parameters, context)
}

/** Tells that a request never became a call. */
export function publishRefusal(protocol: string, error: unknown): void {
  if (!refusedChannel.hasSubscribers) return
  const code = error instanceof RpcError ? { code: error.code } : {}
  refusedChannel.publish({ protocol, ...code, error } satisfies RefusedEvent)
}
