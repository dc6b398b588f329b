// The client's side of one call, from parameters to result; the mirror image of respond.ts.
//
//   request  = handshake metadata message-name parameters
//   response = handshake metadata error-flag (result | error)
//
// https://avro.apache.org/docs/1.12.0/specification/#protocol-wire-format

import type { Protocol } from "@avrolet/avro"
import { bytesOf, createReader, type Reader, type Writer } from "@avrolet/avro/binary"
import { readResult, writeCall } from "./call.ts"
import { RpcError } from "./errors.ts"
import { offerHandshake, readHandshakeAnswer, type ServerGuess } from "./handshake.ts"
import type { OutgoingCall } from "./outgoing-call.ts"
import { createServersSeen, type ProtocolsSeen } from "./protocols-seen.ts"
import type { Exchange, Session, Transport } from "./transport.ts"

/** What one client knows; it learns from every response. */
export interface ClientState {
  readonly protocol: Protocol
  /** The server as the last response showed it. */
  server: ServerGuess
  readonly seen: ProtocolsSeen
}

/** A client that supposes its server to have its own protocol. */
export function createClientState(protocol: Protocol): ClientState {
  return { protocol, server: { hash: protocol.hash, protocol }, seen: createServersSeen(protocol) }
}

/**
 * Makes a call: `send` takes the request's bytes to the server and resolves to the response's.
 * Sends a second time, with the client's protocol, when the server asks for it, and never a third.
 * Throws an `AvroError` for parameters that do not fit, and `ERR_RPC_METADATA`; rejects with everything else.
 */
export function request(
  client: ClientState,
  exchange: Exchange,
  send: (request: Uint8Array) => Promise<Uint8Array>,
  withText = false,
): Promise<unknown> {
  const guess = client.server
  const bytes = bytesOf((writer) => {
    offerHandshake(writer, client.protocol, guess, withText)
    exchange.write(writer)
  })
  // Not awaited: an async function on the way of every call takes a thirtieth of a client's CPU over HTTP.
  return send(bytes).then((response) => {
    const reader = createReader(response)
    const { answered, server } = readHandshakeAnswer(reader, guess, client.seen)
    client.server = server
    if (answered) return exchange.read(reader, server.protocol)
    if (!withText) return request(client, exchange, send, true)
    throw new RpcError(
      "ERR_RPC_HANDSHAKE",
      "The server asked for the client's protocol again after it was sent",
    )
  })
}

/** Makes a call where the handshake is not the call's concern but its connection's. */
export function requestInSession(session: Session, call: OutgoingCall): Promise<unknown> {
  return session.call(new CallExchange(call), call.cancellation)
}

/** What is to be written for a call, and how its response is read. */
export class CallExchange implements Exchange {
  readonly #call: OutgoingCall

  constructor(call: OutgoingCall) {
    this.#call = call
  }

  write(writer: Writer): void {
    const start = writer.length
    writeCall(writer, this.#call)
    this.#call.tally.requestBytes += writer.length - start
  }

  sentTo(server: string): void {
    this.#call.sentTo(server)
  }

  isOneWay(server: Protocol): boolean {
    const { name, oneWay } = this.#call.definition
    return oneWay && server.messages[name]?.oneWay === true
  }

  read(reader: Reader, server: Protocol): unknown {
    this.#call.tally.responseBytes += reader.remaining
    return readResult(reader, this.#call, server)
  }
}

/** The calls of clients with this protocol over a transport that has no sessions: each with its handshake. */
export function createStatelessSession(protocol: Protocol, transport: Transport): Session {
  const state = createClientState(protocol)
  return {
    call: async (exchange, cancellation) =>
      request(state, exchange, (bytes) => transport.send(bytes, cancellation)),
  }
}
