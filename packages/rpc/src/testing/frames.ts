// Frames of the TCP transport as tests write and read them.

import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { FrameReader } from "../tcp/frames.ts"
import { bytes, concat } from "./hex.ts"

/** A frame with these buffers, each in hex. */
export function frame(serial: number, ...buffers: string[]): Uint8Array {
  const parts = buffers.map(bytes).flatMap((data) => [uint32(data.length), data])
  return concat(uint32(serial), uint32(buffers.length), ...parts)
}

function uint32(value: number): Uint8Array {
  const data = Buffer.alloc(4)
  data.writeInt32BE(value | 0)
  return new Uint8Array(data)
}

/** One end of a connection, byte by byte. */
export interface RawPeer {
  readonly socket: Socket
  write(data: Uint8Array): void
  /** The next message that comes, or `undefined` when the connection ends. */
  next(): Promise<{ serial: number; message: Uint8Array } | undefined>
  /** Forgets the messages that came and that nobody asked for. */
  forget(): void
  /** Resolves when the connection is over. */
  readonly over: Promise<void>
}

/** The end that a socket is. */
function rawPeer(socket: Socket): RawPeer {
  const came: { serial: number; message: Uint8Array }[] = []
  const frames = new FrameReader({ maxMessageBytes: 2 ** 24 }, (serial, message) =>
    came.push({ serial, message }),
  )
  let wake: () => void = () => {}
  socket.on("error", () => {}) // "close" follows
  socket.on("data", (chunk) => {
    frames.push(chunk)
    wake()
  })
  const over = new Promise<void>((resolve) => {
    socket.on("close", () => {
      wake()
      resolve()
    })
  })
  return {
    socket,
    over,
    write: (data) => void socket.write(data),
    forget: () => void came.splice(0),
    async next() {
      while (came.length === 0 && !socket.closed) await new Promise<void>((resolve) => (wake = resolve))
      return came.shift()
    },
  }
}

/** Connects to a server of ours. */
export async function rawClient(port: number): Promise<RawPeer> {
  const socket = connect(port, "127.0.0.1")
  await once(socket, "connect")
  return rawPeer(socket)
}

/** Listens on a free port; returns it, and closes with its scope, connections and all. */
export async function rawServer(
  accept: (peer: RawPeer) => unknown,
): Promise<AsyncDisposable & { port: number; server: Server }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    void accept(rawPeer(socket))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      if (server.listening) await once(server, "close")
    },
  }
}
