// What a client that means harm, or is broken, sends over HTTP.

import { bytes, concat, hex } from "./hex.ts"
import { avroHead } from "./raw-http.ts"
import { Shop } from "./shop.ts"

/** The largest message that the server under attack takes. */
export const MAX_MESSAGE_BYTES = 1000

/** A message in one frame, with the end after it. */
export function frame(message: string): Uint8Array {
  const data = bytes(message)
  return concat(bytes(data.length.toString(16).padStart(8, "0")), data, bytes("00000000"))
}

const hash = hex(Shop.hash)

const NOT_HTTP = { answer: /^HTTP\/1.1 400 /, code: "ERR_RPC_HTTP_REQUEST" }
const HEAD_TOO_LARGE = { answer: /^HTTP\/1.1 431 /, code: "ERR_RPC_HTTP_REQUEST" }
const NOT_A_POST = { answer: /^HTTP\/1.1 405 /, code: "ERR_RPC_HTTP_METHOD" }
const TOO_LARGE = { answer: /^HTTP\/1.1 413 /, code: "ERR_RPC_MESSAGE_SIZE" }
const NO_HANDSHAKE = { answer: /^HTTP\/1.1 400 /, code: "ERR_RPC_HANDSHAKE" }

const chunked = avroHead("transfer-encoding: chunked")
const sized = (data: Uint8Array): Uint8Array =>
  concat(Buffer.from(avroHead(`content-length: ${data.length}`)), data)
const chunk = (data: Uint8Array): Uint8Array =>
  concat(Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from("\r\n"))

/** What is sent, how it is answered, and what is published about it. Each connection ends. */
export const attacks: readonly { name: string; data: string | Uint8Array; answer: RegExp; code: string }[] = [
  {
    name: "HTML",
    data: "<!doctype html><h1>It works!</h1>\n\n",
    ...NOT_HTTP,
  },
  {
    name: "the preface of HTTP/2",
    data: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ...NOT_HTTP,
  },
  {
    name: "a hello of TLS",
    data: bytes("16 03 01 00 f4 01 00 00 f0 03 03"),
    ...NOT_HTTP,
  },
  {
    name: "a frame of the TCP transport",
    data: bytes("00000001 00000001 00000002 0000"),
    ...NOT_HTTP,
  },
  {
    name: "two lengths",
    data: avroHead("content-length: 5", "content-length: 6"),
    ...NOT_HTTP,
  },
  {
    name: "a length and chunks",
    data: avroHead("content-length: 5", "transfer-encoding: chunked"),
    ...NOT_HTTP,
  },
  {
    name: "a length below zero",
    data: avroHead("content-length: -5"),
    ...NOT_HTTP,
  },
  {
    name: "a chunk of 2^64 bytes",
    data: `${chunked}10000000000000000\r\n`,
    ...NOT_HTTP,
  },
  {
    name: "a chunk of no size",
    data: `${chunked}xyz\r\n`,
    ...NOT_HTTP,
  },
  {
    name: "extensions of a chunk without end",
    data: `${chunked}1;${"a=b;".repeat(10_000)}`,
    answer: /^HTTP\/1.1 4\d\d /,
    code: "ERR_RPC_HTTP_REQUEST",
  },
  {
    name: "a header without end",
    data: `POST / HTTP/1.1\r\nx: ${"a".repeat(100_000)}`,
    ...HEAD_TOO_LARGE,
  },
  {
    name: "headers without end",
    data: `POST / HTTP/1.1\r\n${"x: y\r\n".repeat(20_000)}`,
    ...HEAD_TOO_LARGE,
  },
  {
    name: "a path without end",
    data: `POST /${"a".repeat(100_000)}`,
    ...HEAD_TOO_LARGE,
  },
  {
    name: "trailers without end",
    data: `${chunked}0\r\n${"x: y\r\n".repeat(20_000)}`,
    ...HEAD_TOO_LARGE,
  },
  {
    name: "no host",
    data: "POST / HTTP/1.1\r\ncontent-type: avro/binary\r\n\r\n",
    answer: /^HTTP\/1.1 400 /,
    code: "",
  },
  {
    name: "a PUT",
    data: "PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
    ...NOT_A_POST,
  },
  {
    name: "a HEAD",
    data: "HEAD / HTTP/1.1\r\nhost: x\r\n\r\n",
    ...NOT_A_POST,
  },
  {
    name: "a TRACE",
    data: "TRACE / HTTP/1.1\r\nhost: x\r\n\r\n",
    ...NOT_A_POST,
  },
  { name: "a CONNECT", data: "CONNECT a:1 HTTP/1.1\r\nhost: x\r\n\r\n", answer: /^$/, code: "" },
  {
    name: "an upgrade",
    data: "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    ...NOT_A_POST,
  },
  {
    name: "a body that is announced too large",
    data: avroHead(`content-length: ${MAX_MESSAGE_BYTES + 1}`),
    ...TOO_LARGE,
  },
  {
    name: "a body announced as of 2^53 bytes",
    data: avroHead("content-length: 9007199254740992"),
    ...TOO_LARGE,
  },
  {
    name: "a body of 20 MB in one chunk",
    data: concat(Buffer.from(`${chunked}1312d00\r\n`), new Uint8Array(2_000_000).fill(1)),
    ...TOO_LARGE,
  },
  {
    name: "a buffer of 2^31 bytes",
    data: sized(bytes("80000000 00")),
    ...TOO_LARGE,
  },
  {
    name: "buffers without end",
    data: concat(Buffer.from(chunked), ...Array.from({ length: 300 }, () => chunk(bytes("00000001 61")))),
    ...TOO_LARGE,
  },
  {
    name: "terminators only",
    data: sized(new Uint8Array(1000)),
    ...NO_HANDSHAKE,
  },
  {
    name: "100,000 terminators",
    data: concat(Buffer.from(`${chunked}61a80\r\n`), new Uint8Array(400_000)),
    ...TOO_LARGE,
  },
  {
    name: "a poisoned hash",
    data: sized(frame(`${"00".repeat(16)} 02 04 7b7d ${hash} 00`)),
    ...NO_HANDSHAKE,
  },
  {
    name: "a protocol that is 400 arrays deep",
    data: sized(frame(`${"00".repeat(16)} 02 c00c ${"5b".repeat(400)}${"5d".repeat(400)} ${hash} 00`)),
    ...NO_HANDSHAKE,
  },
]
