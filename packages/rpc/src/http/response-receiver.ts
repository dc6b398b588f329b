// What undici calls while one request is on its way: the way back of a call over HTTP.

import type { Dispatcher } from "undici"
import type { Cancellation } from "../cancellation.ts"
import { RpcError, reasonOf } from "../errors.ts"
import { createUnframer, tooLarge, type Unframer } from "../framing.ts"
import { CONTENT_TYPE, errorOfResponse, type UnexpectedResponse } from "./exchange.ts"

interface Unexpected extends UnexpectedResponse {
  text: string
  bytes: number
}

const MAX_REASON_CHARS = 300
const MAX_UNEXPECTED_BYTES = 64 * 1024

/**
 * Settles one call. Has the callbacks that undici calls as they are: those of its newer interface it wraps,
 * with headers made into an object, for 1 µs a call.
 */
export class ResponseReceiver implements Dispatcher.DispatchHandler {
  readonly #origin: string
  readonly #maxMessageBytes: number
  readonly #cancellation: Cancellation
  readonly #resolve: (message: Uint8Array) => void
  readonly #reject: (error: unknown) => void
  readonly #unframer: Unframer
  #unexpected: Unexpected | undefined
  #abort: ((reason?: Error) => void) | undefined
  #isGivenUp = false

  constructor(
    origin: string,
    maxMessageBytes: number,
    cancellation: Cancellation,
    resolve: (message: Uint8Array) => void,
    reject: (error: unknown) => void,
  ) {
    this.#origin = origin
    this.#maxMessageBytes = maxMessageBytes
    this.#cancellation = cancellation
    this.#resolve = resolve
    this.#reject = reject
    this.#unframer = createUnframer(maxMessageBytes)
  }

  /** There is a connection, and the request goes out next. */
  onConnect(abort: (reason?: Error) => void): void {
    // Undici would send again what was pipelined on a connection that broke.
    if (this.#abort !== undefined) throw connectionBroke(this.#origin)
    this.#cancellation.onCancel((reason) => {
      this.#isGivenUp = true
      this.#reject(reason)
      this.#abort?.(reason as Error)
    })
    this.#cancellation.throwIfCancelled() // while it waited: then the connection is others'
    this.#abort = abort
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    if (status < 200) return true // an interim response, as 103 Early Hints: the one that counts follows
    const type = headerOf(headers, "content-type")
    if (status !== 200 || !type.toLowerCase().startsWith(CONTENT_TYPE))
      this.#unexpected = { status, type, retryAfter: headerOf(headers, "retry-after"), text: "", bytes: 0 }
    else if (Number(headerOf(headers, "content-length")) > this.#maxMessageBytes)
      throw tooLarge(this.#maxMessageBytes)
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.#unexpected === undefined) this.#unframer.push(chunk)
    else this.#readUnexpected(this.#unexpected, chunk)
    return true
  }

  /** To its end, if that is near: then the connection can be kept. */
  #readUnexpected(response: Unexpected, chunk: Buffer): void {
    response.bytes += chunk.length
    if (response.text.length < MAX_REASON_CHARS) response.text += chunk.toString("utf8", 0, MAX_REASON_CHARS)
    if (response.bytes > MAX_UNEXPECTED_BYTES) this.#abort?.(errorOfResponse(this.#origin, response))
  }

  onComplete(): void {
    try {
      if (this.#unexpected !== undefined) this.#reject(errorOfResponse(this.#origin, this.#unexpected))
      else this.#resolve(this.#unframer.finish())
    } catch (error) {
      this.#reject(error)
    }
  }

  onError(error: Error): void {
    if (this.#isGivenUp) return // for whatever reason: that may be anything
    this.#reject(this.#inOurWords(error))
  }

  /** What undici reports, with a code of its own or without; our own errors as they are. */
  #inOurWords(cause: Error & { readonly code?: unknown }): RpcError {
    if (cause instanceof RpcError) return cause
    const { code } = cause
    if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT")
      return new RpcError("ERR_RPC_TIMEOUT", `${this.#origin} did not answer`, { cause })
    const mayHaveBeenServed = this.#abort !== undefined
    const what = mayHaveBeenServed ? "No response from" : "No connection to"
    const message = `${what} ${this.#origin}: ${reasonOf(cause) || String(code)}`
    return new RpcError("ERR_RPC_CONNECTION", message, { cause, mayHaveBeenServed })
  }
}

const connectionBroke = (origin: string): RpcError =>
  new RpcError("ERR_RPC_CONNECTION", `No response from ${origin}: the connection ended before it came`)

/** A header of a response by its lower-case name; empty where there is none. */
function headerOf(headers: readonly Buffer[], name: string): string {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const key = headers[index] as Buffer
    if (key.length === name.length && key.toString("latin1").toLowerCase() === name)
      return String(headers[index + 1])
  }
  return ""
}
