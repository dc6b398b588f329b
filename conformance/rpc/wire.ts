// What went over the wire, taken apart by the specification and not by @avrolet/rpc; and requests that no
// client would make.
//
//   body     = (length:uint32be byte[length])* 00000000
//   request  = handshake metadata message-name parameters
//   response = handshake metadata error-flag (result | error)

import { decodeFrom, encodeInto, type Protocol, schema, type ValueOf } from "@avrolet/avro"
import { createReader, createWriter } from "@avrolet/avro/binary"
import type { Transport } from "@avrolet/rpc"

const MD5 = { type: "fixed", name: "MD5", size: 16 } as const
const metadataSchema = schema({ type: "map", values: "bytes" })

const HandshakeRequest = schema({
  type: "record",
  name: "HandshakeRequest",
  fields: [
    { name: "clientHash", type: MD5 },
    { name: "clientProtocol", type: ["null", "string"] },
    { name: "serverHash", type: "MD5" },
    { name: "meta", type: ["null", { type: "map", values: "bytes" }] },
  ],
})

const HandshakeResponse = schema({
  type: "record",
  name: "HandshakeResponse",
  fields: [
    { name: "match", type: { type: "enum", name: "HandshakeMatch", symbols: ["BOTH", "CLIENT", "NONE"] } },
    { name: "serverProtocol", type: ["null", "string"] },
    { name: "serverHash", type: ["null", MD5] },
    { name: "meta", type: ["null", { type: "map", values: "bytes" }] },
  ],
})

/** A request, taken apart up to its parameters. */
export interface ReadRequest {
  readonly handshake: ValueOf<typeof HandshakeRequest>
  readonly metadata: ValueOf<typeof metadataSchema>
  readonly name: string
}

/** Takes a request apart. */
export function readRequest(message: Uint8Array): ReadRequest {
  const reader = createReader(message)
  const handshake = decodeFrom(HandshakeRequest, reader)
  return { handshake, metadata: decodeFrom(metadataSchema, reader), name: reader.readString() }
}

/** A response's handshake, and the bytes after it. */
export interface ReadResponse {
  readonly handshake: ValueOf<typeof HandshakeResponse>
  readonly rest: Buffer
}

/** Takes a response apart. */
export function readResponse(message: Uint8Array): ReadResponse {
  const reader = createReader(message)
  const handshake = decodeFrom(HandshakeResponse, reader)
  return { handshake, rest: Buffer.from(message).subarray(message.length - reader.remaining) }
}

/** The answers to handshakes, in their order. */
export const matchesOf = (responses: readonly Uint8Array[]): string[] =>
  responses.map((message) => readResponse(message).handshake.match)

/** What a request says: a ping, unless a message is named. */
export interface Said {
  readonly clientHash?: Uint8Array
  readonly clientProtocol?: string | null
  readonly serverHash?: Uint8Array
  readonly message?: string
}

/** Writes a request of a client of `protocol` that says otherwise where `said` does. Ends where its parameters begin. */
export function writeRequest(protocol: Protocol, { message = "", ...said }: Said = {}): Uint8Array {
  const writer = createWriter()
  const { hash: clientHash, text: clientProtocol } = protocol
  encodeInto(
    HandshakeRequest,
    { clientHash, clientProtocol, serverHash: new Uint8Array(16), meta: null, ...said },
    writer,
  )
  encodeInto(metadataSchema, {}, writer)
  writer.writeString(message)
  return writer.finish()
}

/** A body's buffers up to the first terminator, the message that they are, and what follows. */
export interface Body {
  readonly buffers: readonly Buffer[]
  readonly message: Buffer
  readonly rest: Buffer
}

/** Takes a body apart. */
export function unframe(body: Buffer): Body {
  const buffers: Buffer[] = []
  let offset = 0
  for (;;) {
    const length = body.readUInt32BE(offset)
    offset += 4
    if (length === 0) return { buffers, message: Buffer.concat(buffers), rest: body.subarray(offset) }
    buffers.push(body.subarray(offset, offset + length))
    offset += length
  }
}

/** Frames a message as one buffer. */
export function frame(message: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.length)
  return Buffer.concat([length, message, Buffer.alloc(4)])
}

/** Sends a body to a server at 127.0.0.1. */
export async function post(port: number, body: Uint8Array): Promise<{ status: number; body: Buffer }> {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: { "content-type": "avro/binary" },
    body: Uint8Array.from(body),
  })
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) }
}

/** A transport, and the messages that went over it. */
export interface RecordedTransport extends Transport {
  readonly requests: Uint8Array[]
  readonly responses: Uint8Array[]
}

/** Keeps what goes over a transport. */
export function recorded(transport: Transport): RecordedTransport {
  const requests: Uint8Array[] = []
  const responses: Uint8Array[] = []
  return {
    requests,
    responses,
    send: async (message, cancellation) => {
      requests.push(message)
      const response = await transport.send(message, cancellation)
      responses.push(response)
      return response
    },
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  }
}
