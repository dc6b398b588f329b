// Carries calls over HTTP, on connections that are kept open between them.
//
// https://avro.apache.org/docs/1.12.0/specification/#http-as-transport

import { type Dispatcher, Pool } from "undici"
import type { Cancellation } from "../cancellation.ts"
import { RpcError, reasonOf } from "../errors.ts"
import { createUnframer, frame, tooLarge, type Unframer } from "../framing.ts"
import type { Transport } from "../transport.ts"
import { CONTENT_TYPE, DEFAULT_MAX_MESSAGE_BYTES } from "./exchange.ts"

/** Options of `httpTransport`. */
export interface HttpTransportOptions {
  /** The largest response accepted, with its framing. Default 4 MiB. */
  readonly maxMessageBytes?: number
  /** How many connections may be open at once. Default 128. */
  readonly maxConnections?: number
  /** How long an idle connection is kept. Default 4000; a server may ask for less. */
  readonly keepAliveMillis?: number
}

/**
 * Carries calls to the service at `url`, one request at a time on each of a pool of connections. Opens
 * none before the first call. Throws a `TypeError` for a URL that is not http or https.
 */
export function httpTransport(url: string | URL, options: HttpTransportOptions = {}): Transport {
  const {
    maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
    maxConnections = 128,
    keepAliveMillis = 4000,
  } = options
  const { protocol, origin, pathname, search } = new URL(url)
  if (protocol !== "http:" && protocol !== "https:")
    throw new TypeError(`Not an http or https URL: ${String(url)}`)
  const pool = new Pool(origin, { connections: maxConnections, keepAliveTimeout: keepAliveMillis })
  const head = {
    path: pathname + search,
    method: "POST",
    headers: { "content-type": CONTENT_TYPE, accept: CONTENT_TYPE },
  } as const

  let closed: Promise<void> | undefined
  const transport: Transport = {
    send: (message, cancellation) =>
      new Promise((resolve, reject) => {
        const body = frame(message)
        pool.dispatch({ ...head, body }, receive(origin, maxMessageBytes, cancellation, resolve, reject))
      }),
    close: () => (closed ??= pool.close()),
    [Symbol.asyncDispose]: () => transport.close(),
  }
  return transport
}

/** Undici's callbacks, in the order they are called. */
function receive(
  origin: string,
  maxMessageBytes: number,
  cancellation: Cancellation,
  resolve: (message: Uint8Array) => void,
  reject: (error: unknown) => void,
): Dispatcher.DispatchHandler {
  const unframer = createUnframer(maxMessageBytes)
  let refusal: ReturnType<typeof createRefusal> | undefined
  return {
    onRequestStart(controller) {
      cancellation.onCancel((reason) => controller.abort(reason as Error))
    },
    onResponseStart(_controller, status, headers) {
      const type = String(headers["content-type"] ?? "")
      if (status !== 200 || !type.toLowerCase().startsWith(CONTENT_TYPE))
        refusal = createRefusal(origin, status, type)
      else if (Number(headers["content-length"]) > maxMessageBytes) throw tooLarge(maxMessageBytes)
    },
    onResponseData(_controller, chunk) {
      collector(unframer, refusal).push(chunk)
    },
    onResponseEnd() {
      try {
        if (refusal !== undefined) reject(refusal.error())
        else resolve(unframer.finish())
      } catch (error) {
        reject(error)
      }
    },
    onResponseError(_controller, error) {
      reject(connectionError(origin, error))
    },
  }
}

const collector = (unframer: Unframer, refusal: { push(chunk: Uint8Array): void } | undefined) =>
  refusal ?? unframer

const MAX_REASON_BYTES = 300

/** A response that is no Avro message: keeps the beginning of what it says. */
function createRefusal(origin: string, status: number, type: string) {
  let text = ""
  return {
    push(chunk: Uint8Array): void {
      if (text.length < MAX_REASON_BYTES) text += Buffer.from(chunk).toString("utf8", 0, MAX_REASON_BYTES)
    },
    error(): RpcError {
      const said = text.replace(/\s+/g, " ").trim().slice(0, MAX_REASON_BYTES)
      const what =
        status === 200
          ? `content-type ${type.slice(0, 60) || "none"}, not ${CONTENT_TYPE}`
          : `status ${status}`
      return new RpcError(
        "ERR_RPC_HTTP_STATUS",
        `${origin} answered with ${what}${said === "" ? "" : `: ${said}`}`,
      )
    },
  }
}

/** What undici reports, in our words; a caller's own reason and our own errors as they are. */
function connectionError(origin: string, error: unknown): unknown {
  const code: unknown = (error as { code?: unknown } | undefined)?.code
  if (error instanceof RpcError || typeof code !== "string") return error
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return new RpcError("ERR_RPC_TIMEOUT", `${origin} did not answer`, { cause: error })
  }
  const message = `No response from ${origin}: ${reasonOf(error) || code}`
  return new RpcError("ERR_RPC_CONNECTION", message, { cause: error })
}
