// HTTP as tests write it, byte by byte, where a client would not let them.

import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { bytes, concat, hex } from "./hex.ts"
import { Shop } from "./shop.ts"

/** One end of a connection. */
export interface RawHttpClient {
  readonly socket: Socket
  write(data: string | Uint8Array): void
  /** Everything that was received, once it matches. */
  receives(pattern: RegExp): Promise<string>
  /** Resolves with everything that was received when the connection is over. */
  readonly over: Promise<string>
}

/** Connects to a server. */
export async function rawHttpClient(port: number): Promise<RawHttpClient> {
  const socket = connect(port, "127.0.0.1")
  let received = ""
  let wake: () => void = () => {}
  socket.on("error", () => {}) // "close" follows
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1")
    wake()
  })
  const over = new Promise<string>((resolve) => {
    socket.on("close", () => {
      wake()
      resolve(received)
    })
  })
  await once(socket, "connect")
  return {
    socket,
    over,
    write: (data) => void socket.write(data),
    async receives(pattern) {
      while (!pattern.test(received)) {
        if (socket.closed) throw new Error(`Not received before the end: ${pattern}, but ${received}`)
        await new Promise<void>((resolve) => (wake = resolve))
      }
      return received
    },
  }
}

/** The head of an Avro request, with further headers as they are given. */
export const avroHead = (...headers: string[]): string =>
  ["POST / HTTP/1.1", "host: x", "content-type: avro/binary", ...headers, "", ""].join("\r\n")

const hash = hex(Shop.hash)

/** The framed body of a call to a shop, from its metadata on, in hex. */
export function shopCall(call: string): Uint8Array {
  const data = bytes(`${hash} 00 ${hash} 00 ${call}`)
  return concat(bytes(data.length.toString(16).padStart(8, "0")), data, bytes("00000000"))
}

/** A whole request of a call to a shop. */
export function shopRequest(call: string): Uint8Array {
  const body = shopCall(call)
  return concat(Buffer.from(avroHead(`content-length: ${body.length}`)), body)
}

export const ECHO = "00 08 6563686f 04 6869" // no metadata, "echo", "hi"
export const WAIT = "00 08 77616974"
