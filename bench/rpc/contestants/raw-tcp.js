// @ts-check
// The limit of TCP: frames there and back on one connection. No codec, no promise.
//
//   early  The client gathers frames and writes them at the end of the turn, or as soon as they are a third
//          of what recent turns wrote; the server sends back whatever it reads, frame or not.
//   each   Both sides write every frame as it is.

import { once } from "node:events"
import { connect as connectSocket, createServer } from "node:net"
import { fail } from "../contestants.js"
import { HOST, listen } from "./listen.js"
import { tcpRequests } from "./requests.js"

/** @typedef {import("../contestants.js").Call} Call */
/** @typedef {import("../contestants.js").Setting} Setting */

const HEADER_BYTES = 12
const BUFFER_BYTES = 65_536

/** @param {Setting} setting */
export function serve({ variant }) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => {}) // the client is gone, and the run with it
    const write = (/** @type {Buffer} */ bytes) => void socket.write(bytes)
    socket.on("data", variant === "each" ? readFrames(write) : write)
  })
  return listen(server)
}

/** @param {number} port @param {Setting} setting */
export async function connect(port, { variant }) {
  const socket = connectSocket({ port, host: HOST, noDelay: true })
  socket.on("error", fail)
  await once(socket, "connect")

  const waiting = queue()
  socket.on(
    "data",
    readFrames((frame) => waiting.shift()(frame)),
  )
  const send = variant === "each" ? (/** @type {Buffer} */ frame) => void socket.write(frame) : gather(socket)
  const callOf =
    (/** @type {Buffer[]} */ frames) =>
    /** @type {Call} */
    (index, done) => {
      waiting.push(done)
      send(/** @type {Buffer} */ (frames[index % frames.length]))
    }
  return {
    calls: { echo: callOf(tcpRequests.echo), order: callOf(tcpRequests.order) },
    answers: tcpRequests,
  }
}

/**
 * Cuts what comes into frames.
 * @param {(frame: Buffer) => void} onFrame
 * @returns {(chunk: Buffer) => void}
 */
function readFrames(onFrame) {
  /** @type {Buffer | undefined} */
  let rest
  return (chunk) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    while (bytes.length - start >= HEADER_BYTES) {
      const end = start + HEADER_BYTES + bytes.readUInt32BE(start + 8)
      if (end > bytes.length) break
      onFrame(bytes.subarray(start, end))
      start = end
    }
    rest = start < bytes.length ? bytes.subarray(start) : undefined
  }
}

/** @param {import("node:net").Socket} socket @returns {(frame: Buffer) => void} */
function gather(socket) {
  let buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  let length = 0
  let scheduled = false
  let bytesThisTurn = 0
  let bytesPerTurn = 0
  let earlyBytes = 1024

  function flush() {
    bytesThisTurn += length
    socket.write(buffer.subarray(0, length))
    if (socket.writableLength > 0) buffer = Buffer.allocUnsafe(BUFFER_BYTES) // it is still being read
    length = 0
  }
  function endTurn() {
    scheduled = false
    if (length > 0) flush()
    bytesPerTurn = (bytesPerTurn * 3 + bytesThisTurn) / 4
    bytesThisTurn = 0
    earlyBytes = Math.min(BUFFER_BYTES / 2, Math.max(1024, bytesPerTurn / 3))
  }
  return (frame) => {
    length += frame.copy(buffer, length)
    if (length >= earlyBytes) flush()
    if (scheduled) return
    scheduled = true
    process.nextTick(endTurn)
  }
}

/** Who waits, first come first served. An array's own `shift` moves all the others. */
function queue() {
  /** @type {((frame: Buffer) => void)[]} */
  let items = []
  let head = 0
  return {
    push: (/** @type {(frame: Buffer) => void} */ item) => void items.push(item),
    shift() {
      const item = /** @type {(frame: Buffer) => void} */ (items[head++])
      if (head === 4096) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
  }
}
