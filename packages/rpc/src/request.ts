// The client's side of one call, from parameters to result; the mirror image of respond.ts.
//
//   request  = handshake metadata message-name parameters
//   response = handshake metadata error-flag (result | error)
//
// https://avro.apache.org/docs/1.12.0/specification/#protocol-wire-format

import type { Message, Protocol } from "@avrolet/avro"
import { createReader, createWriter } from "@avrolet/avro/binary"
import { type Metadata, readResult, writeCall } from "./call.ts"
import type { Cancellation } from "./cancellation.ts"
import { RpcError } from "./errors.ts"
import { offerHandshake, readHandshakeAnswer, type ServerGuess } from "./handshake.ts"
import { createProtocolsSeen, type ProtocolsSeen } from "./protocols-seen.ts"
import type { Session } from "./transport.ts"

/** What one client knows; it learns from every response. */
export interface ClientState {
  readonly protocol: Protocol
  /** The server as the last response showed it. */
  server: ServerGuess
  readonly seen: ProtocolsSeen
}

/** A client that supposes its server to have its own protocol. */
export function createClientState(protocol: Protocol): ClientState {
  return { protocol, server: { hash: protocol.hash, protocol }, seen: createProtocolsSeen() }
}

/**
 * Calls a message: `send` takes the request's bytes to the server and resolves to the response's.
 * Sends a second time, with the client's protocol, when the server asks for it, and never a third.
 */
export async function request(
  client: ClientState,
  message: Message,
  parameters: unknown,
  metadata: Metadata,
  send: (request: Uint8Array) => Promise<Uint8Array>,
): Promise<unknown> {
  for (const withText of [false, true]) {
    const guess = client.server
    const writer = createWriter()
    offerHandshake(writer, client.protocol, guess, withText)
    writeCall(writer, message, parameters, metadata)

    const reader = createReader(await send(writer.finish()))
    const { answered, server } = readHandshakeAnswer(reader, guess, client.seen)
    client.server = server
    if (answered) return readResult(reader, message, server.protocol.messages[message.name])
  }
  throw new RpcError(
    "ERR_RPC_HANDSHAKE",
    "The server asked for the client's protocol again after it was sent",
  )
}

/** Calls a message where the handshake is not the call's concern but its connection's. */
export function requestInSession(
  session: Session,
  message: Message,
  parameters: unknown,
  metadata: Metadata,
  cancellation: Cancellation,
): Promise<unknown> {
  const { name } = message
  return session.call(
    {
      write: (writer) => writeCall(writer, message, parameters, metadata),
      isOneWay: (server) => message.oneWay && server.messages[name]?.oneWay === true,
      read: (reader, server) => readResult(reader, message, server.messages[name]),
    },
    cancellation,
  )
}
