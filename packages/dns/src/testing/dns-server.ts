// A DNS server on loopback, over UDP and TCP on one port, that answers as a test tells it to.

import { createSocket, type Socket as UdpSocket } from "node:dgram"
import { once } from "node:events"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { type Answer, decode, encode, type Packet, TRUNCATED_RESPONSE } from "dns-packet"

/** What is asked. */
export interface Question {
  readonly name: string
  readonly type: "A" | "AAAA"
  readonly viaTcp: boolean
  /** The port that it came from. */
  readonly clientPort: number
  /** The query as it came. */
  readonly query: Packet
  /** Sends a response, as `damage` makes it. May be called more than once, or never. */
  readonly reply: (response: Response, damage?: (bytes: Buffer) => Buffer) => void
}

/** A response, where it differs from an empty one. */
interface Response {
  readonly answers?: readonly Answer[]
  /** By its number: 2 is SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly rcode?: number
  readonly truncated?: boolean
  /** Of a forged response. */
  readonly id?: number
  readonly question?: string
}

export const SERVFAIL = 2
export const NXDOMAIN = 3
export const REFUSED = 5

/** A server that runs. */
export interface DnsServer extends AsyncDisposable {
  /** As `setServers` takes it. */
  readonly address: string
  /** What was asked, in order: `A example.test`. */
  readonly asked: string[]
}

/** Starts a server that calls `answer` for every question. */
export async function startDnsServer(answer: (question: Question) => void): Promise<DnsServer> {
  const asked: string[] = []
  const receive = (
    bytes: Buffer,
    viaTcp: boolean,
    clientPort: number,
    send: (bytes: Buffer) => void,
  ): void => {
    const query = decode(bytes)
    const { name = "", type } = query.questions?.[0] ?? {}
    if (type !== "A" && type !== "AAAA") throw new Error(`asked for ${type}`)
    asked.push(`${type} ${name}`)
    answer({
      name,
      type,
      viaTcp,
      clientPort,
      query,
      reply: (response, damage = (encoded) => encoded) => send(damage(encodeResponse(query, response))),
    })
  }

  const { tcp, udp, port } = await listen()
  const sockets = new Set<Socket>()
  udp.on("message", (bytes, from) =>
    receive(bytes, false, from.port, (response) => udp.send(response, from.port, from.address)),
  )
  tcp.on("connection", (socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => {}))
    readMessages(socket, (bytes) =>
      receive(bytes, true, socket.remotePort ?? 0, (response) => socket.write(prefixed(response))),
    )
  })
  return {
    address: `127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      udp.close()
      tcp.close()
      await once(tcp, "close")
    },
  }
}

/** Answers by a table of names; of others it says that they do not exist. TTLs are 60 s, or as given. */
export function zone(
  names: Readonly<Record<string, Partial<Record<"A" | "AAAA", string[]>> & { ttl?: number }>>,
) {
  return ({ name, type, reply }: Question): void => {
    const entry = names[name.toLowerCase()]
    if (entry === undefined) return reply({ rcode: NXDOMAIN })
    reply({ answers: (entry[type] ?? []).map((data) => ({ name, type, data, ttl: entry.ttl ?? 60 })) })
  }
}

/** Both sockets on one port: where UDP's is taken, others are tried. */
async function listen(): Promise<{ tcp: Server; udp: UdpSocket; port: number }> {
  for (let tries = 1; ; tries++) {
    const tcp = createServer().listen(0, "127.0.0.1")
    await once(tcp, "listening")
    const { port } = tcp.address() as AddressInfo
    const udp = createSocket("udp4")
    try {
      udp.bind(port, "127.0.0.1")
      await once(udp, "listening")
      return { tcp, udp, port }
    } catch (error) {
      tcp.close()
      udp.close()
      if (tries === 10) throw error
    }
  }
}

function encodeResponse(
  query: Packet,
  { answers = [], rcode = 0, truncated, id, question }: Response,
): Buffer {
  const asked = query.questions?.[0]
  const bytes = encode({
    type: "response",
    id: id ?? query.id ?? 0,
    flags: (truncated === true ? TRUNCATED_RESPONSE : 0) | rcode,
    questions: asked === undefined ? [] : [question === undefined ? asked : { ...asked, name: question }],
    answers: [...answers],
  })
  return Buffer.from(bytes)
}

/** Over TCP each message has its length before it, in two bytes (RFC 1035, section 4.2.2). */
function readMessages(socket: Socket, receive: (bytes: Buffer) => void): void {
  let pending = Buffer.alloc(0)
  socket.on("data", (chunk) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE()) {
      const end = 2 + pending.readUInt16BE()
      receive(pending.subarray(2, end))
      pending = pending.subarray(end)
    }
  })
}

const prefixed = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}
