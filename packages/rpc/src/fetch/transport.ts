// Carries calls by `fetch`, where there is no Node: in browsers and workers.
//
// https://avro.apache.org/docs/1.12.0/specification/#http-as-transport

import { type CancellationSource, createCancellation } from "../cancellation.ts"
import { RpcError, reasonOf } from "../errors.ts"
import { createUnframer, frame } from "../framing.ts"
import { CONTENT_TYPE, DEFAULT_MAX_MESSAGE_BYTES, errorOfResponse } from "../http/exchange.ts"
import { checkLimits } from "../net/check-limits.ts"
import type { Transport } from "../transport.ts"

/** Options of `fetchTransport`. */
export interface FetchTransportOptions {
  /** The largest response accepted, with its framing. Default 4 MiB. */
  readonly maxMessageBytes?: number
  /** Sent with every request: `{ authorization: "Bearer …" }`. From another origin, its server has to allow them. */
  readonly headers?: Readonly<Record<string, string>>
  /** Whether cookies go along: to the page's own origin only (the default), to any, or to none. */
  readonly credentials?: "same-origin" | "include" | "omit"
  /** Called in place of the global `fetch`: `app.fetch` of Hono, or a worker's service binding. */
  readonly fetch?: (request: Request) => Response | Promise<Response>
}

/** A transport by `fetch`. */
export interface FetchTransport extends Transport {
  /**
   * Refuses further calls and lets those under way end, but after `timeoutMillis` (default 10,000) they
   * are rejected with `ERR_RPC_CONNECTION`.
   */
  close(options?: { readonly timeoutMillis?: number }): Promise<void>
}

/**
 * Carries calls to the service at `url`, which in a page may be relative to it. Throws a `TypeError` for a URL that
 * is not http or https, for headers that are none, and for a limit that none can be. A call is rejected with
 * `ERR_RPC_CONNECTION` where no answer comes, and with `ERR_RPC_HTTP_STATUS` for one that is no Avro.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#http-as-transport
 */
export function fetchTransport(url: string | URL, options: FetchTransportOptions = {}): FetchTransport {
  const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, credentials } = options
  checkLimits({ maxMessageBytes })
  const send = options.fetch ?? ((request) => fetch(request))
  const { protocol, origin, pathname, href } = new URL(new Request(url).url)
  if (protocol !== "http:" && protocol !== "https:")
    throw new TypeError(`Not an http or https URL: ${String(url)}`)
  const headers = new Headers(options.headers)
  headers.set("content-type", CONTENT_TYPE)
  headers.set("accept", CONTENT_TYPE)
  const head: RequestInit = {
    method: "POST",
    headers,
    redirect: "manual", // who is sent elsewhere would be sent a call, and its metadata, that are not for them
    ...(credentials === undefined ? {} : { credentials }), // not even named by default: workers refuse it
  }

  async function call(message: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    try {
      const response = await send(new Request(href, { ...head, body: frame(message), signal }))
      return await receive(origin, response, maxMessageBytes)
    } catch (error) {
      throw signal.aborted ? signal.reason : connectionError(origin, error)
    }
  }

  const underWay = new Map<Promise<unknown>, CancellationSource>()
  async function close(timeoutMillis: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const cancellation of underWay.values()) cancellation.cancel(brokenOffError())
    }, timeoutMillis)
    await Promise.allSettled(underWay.keys())
    clearTimeout(timer)
  }
  let closed: Promise<void> | undefined
  const transport: FetchTransport = {
    peer: origin + pathname, // a query may hold secrets
    async send(message, cancellation) {
      if (closed !== undefined) throw closedError()
      const own = createCancellation()
      cancellation.onCancel((reason) => own.cancel(reason))
      const answer = new Promise<Uint8Array>((resolve, reject) => {
        own.onCancel(reject) // a `fetch` of the caller's need not listen to the signal
        call(message, own.signal).then(resolve, reject)
      })
      underWay.set(answer, own)
      try {
        return await answer
      } finally {
        underWay.delete(answer)
      }
    },
    close: ({ timeoutMillis = 10_000 } = {}) => (closed ??= close(timeoutMillis)),
    [Symbol.asyncDispose]: () => transport.close(),
  }
  return transport
}

/** The one message of a response. Throws for one that is not Avro's, with the beginning of what it says. */
async function receive(origin: string, response: Response, maxMessageBytes: number): Promise<Uint8Array> {
  const type = response.headers.get("content-type") ?? ""
  if (response.status !== 200 || !type.toLowerCase().startsWith(CONTENT_TYPE))
    throw errorOfResponse(origin, {
      status: response.status,
      type,
      retryAfter: response.headers.get("retry-after") ?? "",
      text: await beginningOf(response),
    })
  const unframer = createUnframer(maxMessageBytes)
  await read(response, (chunk) => {
    unframer.push(chunk)
    return true
  })
  return unframer.finish()
}

const MAX_REASON_CHARS = 300

async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ""
  await read(response, (chunk) => {
    text += decoder.decode(chunk.subarray(0, MAX_REASON_CHARS), { stream: true })
    return text.length < MAX_REASON_CHARS
  })
  return text
}

/** Hands on the chunks of a body until `push` has enough or throws; the rest is not fetched. */
async function read(response: Response, push: (chunk: Uint8Array) => boolean): Promise<void> {
  const reader = response.body?.getReader()
  try {
    for (;;) {
      const chunk = (await reader?.read())?.value
      if (chunk === undefined || !push(chunk)) return
    }
  } finally {
    await reader?.cancel().catch(() => {}) // one that broke cannot be cancelled, and has said why
  }
}

/** What `fetch` throws, in our words; our own errors as they are. A browser does not say why it failed, Node does in the cause. */
function connectionError(origin: string, error: unknown): RpcError {
  if (error instanceof RpcError) return error
  const { cause } = error as Error
  const reason = reasonOf(cause instanceof Error && cause.message !== "" ? cause : error)
  const page = (globalThis as { location?: { origin: string } }).location?.origin
  const remedy =
    page === undefined || page === origin ? "" : `; or its CORS headers do not allow calls from ${page}`
  const message = `No response from ${origin}: ${reason}${remedy}`
  return new RpcError("ERR_RPC_CONNECTION", message, { cause: error })
}

const brokenOffError = (): RpcError => new RpcError("ERR_RPC_CONNECTION", "The transport is closed")

const closedError = (): RpcError =>
  new RpcError("ERR_RPC_CONNECTION", "The transport is closed", { mayHaveBeenServed: false })
