// The call itself, after the handshake.
//
//   request  = metadata message-name parameters
//   response = metadata error-flag (result | error)
//   error    = index of the branch in the message's effective error union, and its value
//
// https://avro.apache.org/docs/1.12.0/specification/#call-format

import {
  AvroError,
  decodeFrom,
  encodeInto,
  type Message,
  type Protocol,
  type Schema,
  schema,
} from "@avrolet/avro"
import type { Reader, Writer } from "@avrolet/avro/binary"
import { DeclaredError } from "./declared-error.ts"
import { RpcError } from "./errors.ts"

/** What travels beside the parameters of a call, by key. */
export type Metadata = { [key: string]: Uint8Array }

const metadataSchema = schema({ type: "map", values: "bytes" })
const text = schema("string")

/** A request as the server reads it. */
export interface Call {
  readonly message: Message
  readonly parameters: unknown
  readonly metadata: Metadata
  /** Whether both sides declare the message one-way: nobody waits for its response. */
  readonly oneWay: boolean
}

/** A request that calls nothing: its message has no name. Whatever it says is in its metadata. */
export interface Ping {
  readonly message: undefined
  readonly metadata: Metadata
}

/** Writes a request. Throws an `AvroError` for parameters that do not fit. */
export function writeCall(writer: Writer, message: Message, parameters: unknown, metadata: Metadata): void {
  encodeInto(metadataSchema, metadata, writer)
  writer.writeString(message.name)
  encodeInto(message.request, parameters, writer)
}

/** Writes a ping. */
export function writePing(writer: Writer, metadata: Metadata = {}): void {
  encodeInto(metadataSchema, metadata, writer)
  writer.writeString("")
}

/**
 * Reads a request of a client with another protocol, or the same. Only the message that is called has
 * to be compatible. Throws `ERR_RPC_UNKNOWN_MESSAGE` and `ERR_RPC_REQUEST`.
 */
export function readCall(reader: Reader, client: Protocol, server: Protocol): Call | Ping {
  try {
    const metadata = decodeFrom(metadataSchema, reader)
    const name = reader.readString()
    if (name === "") return { message: undefined, metadata }
    const message = server.messages[name]
    const written = client.messages[name]
    if (message === undefined || written === undefined) throw unknownMessage(name, message ? client : server)
    const parameters = decodeFrom(message.request, reader, { writer: written.request })
    return { message, parameters, metadata, oneWay: message.oneWay && written.oneWay }
  } catch (error) {
    if (!(error instanceof AvroError)) throw error
    throw new RpcError("ERR_RPC_REQUEST", `The request cannot be read: ${error.message}`, { cause: error })
  }
}

/** Writes a result. Throws an `AvroError` for one that does not fit. */
export function writeResult(writer: Writer, message: Message, result: unknown): void {
  encodeInto(metadataSchema, {}, writer)
  writer.writeBoolean(false)
  encodeInto(message.response, result, writer)
}

/**
 * Writes what a handler threw: a declared error as its type, and of anything else no more than that
 * it happened, because its message may hold what no client should see.
 */
export function writeError(writer: Writer, message: Message | undefined, error: unknown): void {
  encodeInto(metadataSchema, {}, writer)
  writer.writeBoolean(true)
  const start = writer.length
  if (error instanceof DeclaredError) {
    const index = message?.errors.findIndex(({ name }) => name === error.errorName) ?? -1
    try {
      if (index > 0) return writeBranch(writer, index, message?.errors[index] as Schema, error.value)
    } catch {
      writer.truncate(start) // a value that does not fit its type is a fault of the handler
    }
  }
  writeBranch(
    writer,
    0,
    text,
    error instanceof RpcError && isClientsFault(error) ? error.message : "Internal error",
  )
}

/** Reads a response to `message` from a server that knows it as `written`. Throws what it answers, if that is an error. */
export function readResult(reader: Reader, message: Message, written: Message | undefined): unknown {
  if (reader.remaining === 0) {
    // Python's server loses its own errors: nothing follows the handshake.
    throw new RpcError(
      "ERR_RPC_REMOTE",
      "The server answered with nothing: it failed, or does not know the message",
    )
  }
  try {
    decodeFrom(metadataSchema, reader)
    if (reader.readBoolean()) throw readError(reader, message, written)
    if (message.oneWay) return null
    if (written === undefined) throw unknownMessage(message.name, undefined)
    return decodeFrom(message.response, reader, { writer: written.response })
  } catch (error) {
    if (!(error instanceof AvroError)) throw error
    throw new RpcError("ERR_RPC_RESPONSE", `The response cannot be read: ${error.message}`, { cause: error })
  }
}

/** An error of a branch that this side declares too is read as this side's; of another, as the server's. */
function readError(reader: Reader, message: Message, written: Message | undefined): RpcError {
  const index = reader.readInt()
  if (index === 0) return new RpcError("ERR_RPC_REMOTE", decodeFrom(text, reader))
  const branch = written?.errors[index]
  if (branch === undefined)
    throw new RpcError("ERR_RPC_RESPONSE", `The response is of error ${index}, which is undeclared`)
  const own = message.errors.find(
    ({ name }) => name !== undefined && simpleName(name) === simpleName(branch.name ?? ""),
  )
  const value = decodeFrom(own ?? branch, reader, { writer: branch })
  return new DeclaredError((own ?? branch).name ?? String(index), value)
}

function writeBranch(writer: Writer, index: number, branch: Schema, value: unknown): void {
  writer.writeInt(index)
  encodeInto(branch, value, writer)
}

const isClientsFault = ({ code }: RpcError): boolean =>
  code === "ERR_RPC_UNKNOWN_MESSAGE" || code === "ERR_RPC_REQUEST"

const unknownMessage = (name: string, protocol: Protocol | undefined): RpcError =>
  new RpcError(
    "ERR_RPC_UNKNOWN_MESSAGE",
    `${protocol?.name ?? "The server's protocol"} has no message ${JSON.stringify(name.slice(0, 60))}`,
  )

const simpleName = (name: string): string => name.slice(name.lastIndexOf(".") + 1)
