// Starts Avro's own RPC, in Java and in Python: ../java/Rpc.java, ../python/server.py and client.py say what.

import { decode, decodeFrom, encode, type Protocol, schema } from "@avrolet/avro"
import { createReader } from "@avrolet/avro/binary"
import { startJavaProgram } from "../java/peer.ts"
import { startPythonProgram } from "../python/peer.ts"
import type { Call, Outcome } from "./outcome.ts"
import { pathOf, type Version, versions } from "./protocols.ts"

/** What a call goes over: HTTP, or TCP in the framing of Netty's transceiver. */
export type Over = "http" | "tcp"

/** Servers of every version of the protocol, and clients. Ends with its scope. */
export interface RpcPeer extends AsyncDisposable {
  readonly versions: Readonly<Record<string, string>>
  /** The port at which it serves a version. */
  port(over: Over, version: Version): number
  /** Makes the calls with one client of the protocol. */
  call(job: Job): Promise<Outcome[]>
}

/** Calls of one client. */
export interface Job {
  readonly over: Over
  /** The server's port at 127.0.0.1. */
  readonly port: number
  readonly protocol: Protocol
  /** A message "" asks the server for its name, by a ping. Java only. */
  readonly calls: readonly Call[]
  /** Makes the calls all at once; else each waits for the one before. Java only. */
  readonly atOnce?: boolean
  /** Sent beside every call and in every handshake, under the key `peer`. Java only. */
  readonly metadata?: string
}

/** Starts Avro's Java RPC. Rejects if it is not installed. */
export async function startJavaRpc(): Promise<RpcPeer> {
  const java = await startJavaProgram("Rpc", ...versions.map(pathOf))
  return {
    versions: java.hello.versions,
    port: (over, version) => portAt(java.hello.ports?.[over], version),
    call: async (job) => outcomes(job, await java.ask(asked(job))),
    [Symbol.asyncDispose]: () => java[Symbol.asyncDispose](),
  }
}

/** Starts Avro's Python RPC: a server within Eventlet, and a client without. Rejects if it is not installed. */
export async function startPythonRpc(): Promise<RpcPeer> {
  const [server, client] = await Promise.all([
    startPythonProgram("server.py", ...versions.map(pathOf)),
    startPythonProgram("client.py"),
  ])
  return {
    versions: server.hello.versions,
    port: (over, version) => portAt(server.hello.ports?.[over], version),
    call: async (job) => outcomes(job, await client.ask(asked(job))),
    async [Symbol.asyncDispose]() {
      await Promise.all([server, client].map((peer) => peer[Symbol.asyncDispose]()))
    },
  }
}

function portAt(ports: readonly number[] | undefined, version: Version): number {
  const port = ports?.[versions.indexOf(version)]
  if (port === undefined) throw new Error(`The peer does not serve ${version} there`)
  return port
}

const asked = ({ protocol, calls, atOnce = false, metadata = "", ...job }: Job) => ({
  ...job,
  protocol: protocol.text,
  atOnce,
  metadata,
  calls: calls.map(({ message, parameters }) => ({
    message,
    parameters: message === "" ? "" : toBase64(encode(messageOf(protocol, message).request, parameters)),
  })),
})

type Answer = { result: string } | { declared: string } | { failed: string }

const outcomes = ({ protocol, calls }: Job, answers: unknown): Outcome[] =>
  (answers as Answer[]).map((answer, index) => {
    if ("failed" in answer) return answer
    const name = calls[index]?.message as string
    if (name === "")
      return { result: "result" in answer && decode(schema("string"), fromBase64(answer.result)) }
    const message = messageOf(protocol, name)
    if ("result" in answer) return { result: decode(message.response, fromBase64(answer.result)) }
    const reader = createReader(fromBase64(answer.declared))
    const error = message.errors[reader.readInt()]
    if (error?.name === undefined) throw new Error("The peer answered an error that is none")
    return { declared: error.name, value: decodeFrom(error, reader) }
  })

function messageOf(protocol: Protocol, name: string): Protocol["messages"][string] {
  const message = protocol.messages[name]
  if (message === undefined) throw new Error(`${protocol.name} has no message ${name}`)
  return message
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"))
