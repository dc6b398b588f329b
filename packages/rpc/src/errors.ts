/**
 * Why an RPC failed. `docs/reference/errors.md` lists every code with its remedy.
 *
 * - `ERR_RPC_HANDSHAKE`: the two sides could not agree on their protocols.
 * - `ERR_RPC_MESSAGE_SIZE`: a message is larger than `maxMessageBytes`, or of too many buffers.
 * - `ERR_RPC_TRUNCATED`: the bytes ended in the middle of a message.
 * - `ERR_RPC_UNKNOWN_MESSAGE`: the protocol has no message of this name.
 * - `ERR_RPC_METADATA`: metadata is of too many entries or bytes.
 * - `ERR_RPC_REQUEST`: the parameters of a request could not be read.
 * - `ERR_RPC_RESPONSE`: a response could not be read.
 * - `ERR_RPC_REMOTE`: the server answered with an error that the message does not declare.
 * - `ERR_RPC_DECLARED`: the server answered with a declared error; see `DeclaredError`.
 * - `ERR_RPC_UNAUTHENTICATED`, `ERR_RPC_FORBIDDEN`, `ERR_RPC_UNAVAILABLE`: the server refused the call; see
 *   `refusal`.
 * - `ERR_RPC_TIMEOUT`: no response within `timeoutMillis`; a message that took too long to arrive.
 * - `ERR_RPC_HANGUP`: the client was gone before its response was.
 * - `ERR_RPC_CONNECTION`: the peer could not be reached, or the connection broke.
 * - `ERR_RPC_LISTEN`: a server could not listen at its address.
 * - `ERR_RPC_OVERLOADED`: a server takes no more connections or calls for now.
 * - `ERR_RPC_SERIAL`: an answer to a call that was not made, or to one a second time.
 * - `ERR_RPC_HTTP_METHOD`, `ERR_RPC_CONTENT_TYPE`: not an Avro request at all.
 * - `ERR_RPC_HTTP_REQUEST`: what came was no HTTP, or more of it than the server takes.
 * - `ERR_RPC_HTTP_STATUS`: the peer answered with an HTTP status other than 200.
 * - `ERR_RPC_CIRCUIT_OPEN`: the calls before this one failed, so it was not made; see `circuitBreaker`.
 */
export type RpcErrorCode =
  | "ERR_RPC_HANDSHAKE"
  | "ERR_RPC_MESSAGE_SIZE"
  | "ERR_RPC_TRUNCATED"
  | "ERR_RPC_UNKNOWN_MESSAGE"
  | "ERR_RPC_METADATA"
  | "ERR_RPC_REQUEST"
  | "ERR_RPC_RESPONSE"
  | "ERR_RPC_REMOTE"
  | "ERR_RPC_DECLARED"
  | "ERR_RPC_UNAUTHENTICATED"
  | "ERR_RPC_FORBIDDEN"
  | "ERR_RPC_UNAVAILABLE"
  | "ERR_RPC_TIMEOUT"
  | "ERR_RPC_HANGUP"
  | "ERR_RPC_CONNECTION"
  | "ERR_RPC_LISTEN"
  | "ERR_RPC_OVERLOADED"
  | "ERR_RPC_SERIAL"
  | "ERR_RPC_HTTP_METHOD"
  | "ERR_RPC_CONTENT_TYPE"
  | "ERR_RPC_HTTP_REQUEST"
  | "ERR_RPC_HTTP_STATUS"
  | "ERR_RPC_CIRCUIT_OPEN"

const brand: unique symbol = Symbol.for("avrolet.RpcError")

interface RpcErrorOptions extends ErrorOptions {
  readonly mayHaveBeenServed?: boolean
  readonly httpStatus?: number | undefined
  readonly retryAfterMillis?: number | undefined
}

/** The one class of error this package throws. Switch on `code`, not on the message. */
export class RpcError extends Error {
  override readonly name: string = "RpcError"
  readonly code: RpcErrorCode
  /**
   * Where a call was rejected with this: whether its handler may have run. Where it is `false` the call may
   * be made again, whatever it does: it was never sent, or the server refused it. Otherwise `true`.
   */
  readonly mayHaveBeenServed: boolean
  /** What an HTTP server answered with instead of 200, where that is what this tells. */
  readonly httpStatus: number | undefined
  /** How long the server asks to wait before the call is made again, where it does. */
  readonly retryAfterMillis: number | undefined
  readonly [brand] = true

  constructor(code: RpcErrorCode, message: string, options?: RpcErrorOptions) {
    super(message, options)
    this.code = code
    this.mayHaveBeenServed = options?.mayHaveBeenServed ?? !refusals.has(code)
    this.httpStatus = options?.httpStatus
    this.retryAfterMillis = options?.retryAfterMillis
  }

  /** Holds across copies of this package, where `instanceof` alone does not. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return (
      typeof value === "object" &&
      value !== null &&
      brand in value &&
      (this === RpcError || value.constructor === this)
    )
  }
}

/** What a call is answered with before a handler runs. */
const refusals: ReadonlySet<RpcErrorCode> = new Set<RpcErrorCode>([
  "ERR_RPC_UNAUTHENTICATED",
  "ERR_RPC_FORBIDDEN",
  "ERR_RPC_UNAVAILABLE",
  "ERR_RPC_OVERLOADED",
  "ERR_RPC_UNKNOWN_MESSAGE",
  "ERR_RPC_METADATA",
  "ERR_RPC_REQUEST",
  "ERR_RPC_CIRCUIT_OPEN",
])

/** Whether a server answers with this before the handler runs. */
export const isRefusalCode = (code: string): boolean => (refusals as ReadonlySet<string>).has(code)

/** The message of anything thrown. OpenSSL's are long, and end with a line break: of these, the reason in them. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { library, reason, code } = error as OpenSslError
  return library === undefined || reason === undefined ? error.message : `${reason} (${code})`
}

/** What Node adds to the errors of OpenSSL, and to no others. */
interface OpenSslError extends Error {
  readonly library?: string
  readonly reason?: string
  readonly code?: string
}
