// The headers that NATS's services use for errors. Any of NATS's tools shows them.
//
//   Nats-Service-Error-Code: 503
//   Nats-Service-Error: ERR_RPC_OVERLOADED: The server has 10000 calls in flight already
//
// A request that never became a call, and one whose answer cannot be sent, is answered with an empty message that has
// them. An answer that is an error has them beside it, for those tools: to a client of ours it says all.

import { RpcError, type RpcErrorCode } from "@avrolet/rpc"
import { headers, type MsgHdrs } from "@nats-io/nats-core"

const CODE = "Nats-Service-Error-Code"
const TEXT = "Nats-Service-Error"
const NO_RESPONDERS = 503
const MAX_TEXT_CHARS = 300

/** What a server may say of itself so; nothing else is believed. */
const statuses: Partial<Record<RpcErrorCode, string>> = {
  ERR_RPC_HANDSHAKE: "400",
  ERR_RPC_MESSAGE_SIZE: "413",
  ERR_RPC_OVERLOADED: "503",
  ERR_RPC_CONNECTION: "503",
}

/** The headers that tell a client why. What is not the client's fault is none of its business. */
export function refusalHeaders(error: unknown): MsgHdrs {
  const status = error instanceof RpcError ? statuses[error.code] : undefined
  const known = error instanceof RpcError && status !== undefined
  const told = headers()
  told.set(CODE, known ? status : "500")
  told.set(TEXT, known ? `${error.code}: ${oneLine(error.message)}` : "Internal error")
  return told
}

/** The headers of an answer that is an error. */
export function failureHeaders(error: unknown): MsgHdrs {
  const told = headers()
  told.set(CODE, "500")
  told.set(TEXT, nameOfFailure(error))
  return told
}

/** What everybody may know of what a handler threw: a message may hold what nobody should see. */
export const nameOfFailure = (error: unknown): string =>
  error instanceof RpcError ? error.code : "Internal error"

/** More than the headers of an answer take. */
export const MAX_HEADER_BYTES = 200

/** The error that an empty message is by its headers, if it is one. `subject` is where the request went. */
export function errorIn(read: () => MsgHdrs | undefined, subject: string): RpcError | undefined {
  let received: MsgHdrs | undefined
  try {
    received = read()
  } catch (cause) {
    return new RpcError("ERR_RPC_RESPONSE", "The headers of the response cannot be read", { cause })
  }
  if (received === undefined) return undefined
  if (received.code === NO_RESPONDERS) {
    const message = `Nobody serves ${subject}: start a server, or look for a typing error in the subject`
    return new RpcError("ERR_RPC_CONNECTION", message, { mayHaveBeenServed: false })
  }
  const text = received.get(TEXT)
  if (text === "" && received.get(CODE) === "") return undefined
  return errorOf(oneLine(text).slice(0, MAX_TEXT_CHARS))
}

function errorOf(text: string): RpcError {
  const code = text.slice(0, Math.max(0, text.indexOf(":"))) as RpcErrorCode
  if (Object.hasOwn(statuses, code)) return new RpcError(code, text.slice(code.length + 2))
  return new RpcError("ERR_RPC_REMOTE", text === "" ? "The server failed" : text)
}

/** A line break would end the header, and other control characters do what they do where the error is shown. */
const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, " ").trim()
