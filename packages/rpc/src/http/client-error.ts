// What a client is told whose request Node could not make out, or did not wait for.

import type { Duplex } from "node:stream"
import { RpcError, type RpcErrorCode } from "../errors.ts"

interface Answer {
  readonly status: string
  readonly code: RpcErrorCode
  readonly message: string
}

const TOO_LARGE = "The head of the request is larger than maxHeadBytes"

/** By the code of Node's error. */
const answers: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    code: "ERR_RPC_HTTP_REQUEST",
    message: TOO_LARGE,
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    code: "ERR_RPC_TIMEOUT",
    message: "The request took longer to arrive than headMillis or requestMillis",
  },
  HPE_INVALID_EOF_STATE: {
    status: "400 Bad Request",
    code: "ERR_RPC_HANGUP",
    message: "The client hung up in the middle of its request",
  },
}

const NOT_HTTP: Answer = {
  status: "400 Bad Request",
  code: "ERR_RPC_HTTP_REQUEST",
  message: "What came is not HTTP",
}

/** Answers and ends the connection. Returns what to publish, or nothing where the client is just gone. */
export function answerClientError(
  error: Error & { readonly code?: string },
  socket: Duplex,
): RpcError | undefined {
  const isGone = !socket.writable || error.code === "ECONNRESET" || error.code === "EPIPE"
  if (isGone) {
    socket.destroy()
    return undefined
  }
  const { status, code, message } = answers[error.code ?? ""] ?? NOT_HTTP
  const body = `${code}: ${message}\n`
  const head = [
    `HTTP/1.1 ${status}`,
    "content-type: text/plain; charset=utf-8",
    `content-length: ${body.length}`,
    "connection: close",
  ]
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy())
  return new RpcError(code, message, { cause: error })
}
