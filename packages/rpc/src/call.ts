// The call itself, after the handshake.
//
//   request  = metadata message-name parameters
//   response = metadata error-flag (result | error)
//   error    = index of the branch in the message's effective error union, and its value
//
// https://avro.apache.org/docs/1.12.0/specification/#call-format

import { AvroError, decodeFrom, encodeInto, type Message, type Protocol, type Schema } from "@avrolet/avro"
import type { Reader, Writer } from "@avrolet/avro/binary"
import { remainingTime } from "./deadline.ts"
import { DeclaredError } from "./declared-error.ts"
import { RpcError, reasonOf } from "./errors.ts"
import {
  type Metadata,
  NO_METADATA,
  type OwnEntry,
  readMetadata,
  TIMEOUT_KEY,
  writeMetadata,
} from "./metadata.ts"
import type { OutgoingCall } from "./outgoing-call.ts"
import { codeOf, entriesOf, Refusal, retryAfterIn } from "./refusal.ts"

/** A request as the server reads it. */
export interface Call {
  readonly message: Message
  readonly parameters: unknown
  readonly metadata: Readonly<Metadata>
  /** Whether both sides declare the message one-way: nobody waits for its response. */
  readonly oneWay: boolean
}

/** A request that calls nothing: its message has no name. Whatever it says is in its metadata. */
export interface Ping {
  readonly message: undefined
  readonly metadata: Readonly<Metadata>
}

/** Writes a request. Throws an `AvroError` for parameters that do not fit, and `ERR_RPC_METADATA`. */
export function writeCall(
  writer: Writer,
  { definition, parameters, metadata, cancellation }: OutgoingCall,
): void {
  const time = remainingTime(cancellation)
  if (time === undefined) writeMetadata(writer, metadata)
  else writeMetadata(writer, metadata, [[TIMEOUT_KEY, time]])
  writer.writeString(definition.name)
  encodeInto(definition.request, parameters, writer)
}

/** Writes a ping, with entries of this package's own in its metadata if there is something to say. */
export function writePing(writer: Writer, ...own: readonly OwnEntry[]): void {
  writeMetadata(writer, NO_METADATA, own)
  writer.writeString("")
}

/**
 * Reads a request of a client with another protocol, or the same. Only the message that is called has
 * to be compatible. Throws `ERR_RPC_UNKNOWN_MESSAGE`, `ERR_RPC_REQUEST` and `ERR_RPC_METADATA`, each of which
 * the client is told.
 */
export function readCall(reader: Reader, client: Protocol, server: Protocol): Call | Ping {
  try {
    const metadata = readMetadata(reader)
    const name = reader.readString()
    if (name === "") return { message: undefined, metadata }
    const message = server.messages[name]
    const written = client.messages[name]
    if (message === undefined || written === undefined) {
      throw unknownMessage(name, message === undefined ? server : client)
    }
    const parameters = decodeFrom(message.request, reader, { writer: written.request })
    return { message, parameters, metadata, oneWay: message.oneWay && written.oneWay }
  } catch (error) {
    if (error instanceof RpcError) throw new Refusal(error.code, error.message)
    if (!(error instanceof AvroError)) throw error
    throw new Refusal("ERR_RPC_REQUEST", `The request cannot be read: ${error.message}`, { cause: error })
  }
}

/** Writes a result. Throws an `AvroError` for one that does not fit, and `ERR_RPC_METADATA`. */
export function writeResult(
  writer: Writer,
  message: Message,
  result: unknown,
  metadata: Readonly<Metadata>,
): void {
  writeMetadata(writer, metadata)
  writer.writeBoolean(false)
  encodeInto(message.response, result, writer)
}

/**
 * Writes what a handler threw: a declared error as its type, a refusal as its message, and of anything else no
 * more than that it happened, because its message may hold what no client should see.
 */
export function writeError(
  writer: Writer,
  message: Message | undefined,
  error: unknown,
  metadata: Readonly<Metadata>,
): void {
  writeMetadata(writer, metadata, error instanceof Refusal ? entriesOf(error) : [])
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
  writer.writeInt(0)
  writer.writeString(error instanceof Refusal ? error.message.toWellFormed() : "Internal error")
}

/** Reads the response to a call, and leaves its metadata with the call. Throws what the server answers, if that is an error. */
export function readResult(reader: Reader, call: OutgoingCall, server: Protocol): unknown {
  const message = call.definition
  const written = server.messages[message.name]
  if (reader.remaining === 0) {
    // Python's server loses its own errors: nothing follows the handshake.
    throw new RpcError(
      "ERR_RPC_REMOTE",
      "The server answered with nothing: it failed, or does not know the message",
    )
  }
  try {
    const metadata = (call.received = receiveMetadata(reader))
    if (reader.readBoolean()) throw readError(reader, message, written, metadata)
    if (message.oneWay) return null
    if (written === undefined) throw unknownMessage(message.name, undefined)
    return decodeFrom(message.response, reader, { writer: written.response })
  } catch (error) {
    throw error instanceof AvroError ? unreadable(error) : error
  }
}

/** To a client, limits that its server broke are one more reason why it cannot read the response. */
function receiveMetadata(reader: Reader): Readonly<Metadata> {
  try {
    return readMetadata(reader)
  } catch (error) {
    throw unreadable(error)
  }
}

/** An error of a branch that this side declares too is read as this side's; of another, as the server's. */
function readError(
  reader: Reader,
  message: Message,
  written: Message | undefined,
  metadata: Readonly<Metadata>,
): RpcError {
  const index = reader.readInt()
  if (index === 0) {
    const [code, retryAfterMillis] = [codeOf(metadata) ?? "ERR_RPC_REMOTE", retryAfterIn(metadata)] as const
    return new RpcError(code, reader.readString(), { retryAfterMillis })
  }
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

const unreadable = (cause: unknown): RpcError =>
  new RpcError("ERR_RPC_RESPONSE", `The response cannot be read: ${reasonOf(cause)}`, { cause })

const unknownMessage = (name: string, protocol: Protocol | undefined): RpcError =>
  new RpcError(
    "ERR_RPC_UNKNOWN_MESSAGE",
    `${protocol?.name ?? "The server's protocol"} has no message ${JSON.stringify(name.slice(0, 60))}`,
  )

const simpleName = (name: string): string => name.slice(name.lastIndexOf(".") + 1)
