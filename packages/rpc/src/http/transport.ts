// Carries calls over HTTP, on connections that are kept open between them.
//
// https://avro.apache.org/docs/1.12.0/specification/#http-as-transport

import type { LookupFunction } from "node:net"
import type { ConnectionOptions } from "node:tls"
import { Pool } from "undici"
import type { Cancellation } from "../cancellation.ts"
import { RpcError } from "../errors.ts"
import { checkLimits } from "../net/check-limits.ts"
import type { CloseOptions } from "../net/listen.ts"
import type { Transport } from "../transport.ts"
import { CONTENT_TYPE, DEFAULT_MAX_MESSAGE_BYTES } from "./exchange.ts"
import { frameInBuffer } from "./frame-in-buffer.ts"
import { ResponseReceiver } from "./response-receiver.ts"

/** Options of `httpTransport`. */
export interface HttpTransportOptions {
  /** The largest response accepted, with its framing. Default 4 MiB. */
  readonly maxMessageBytes?: number
  /** How many connections may be open at once; a call that finds none free waits for one. Default 128. */
  readonly maxConnections?: number
  /**
   * How many calls may be on their way on one connection, which answers them in their order. Default 1: with
   * more, a slow call delays those behind it, and one that is given up ends its connection, where those beside it
   * are rejected with `ERR_RPC_CONNECTION`. For many quick calls: 128 at a time take up to a quarter less CPU on 8
   * connections with 16 than on 128.
   */
  readonly pipelining?: number
  /** How long an idle connection is kept. Default 4000; a server may ask for less. */
  readonly keepAliveMillis?: number
  /** How long a connection may take, with its TLS. Default 10,000. */
  readonly connectMillis?: number
  /** How long a server may be silent, until its response begins and within it. Default 300,000. */
  readonly responseMillis?: number
  /** Options of `node:tls` for an https URL: `ca`, `servername`, or `key` and `cert` of the client's own. Default: trusts what Node does. */
  readonly tls?: ConnectionOptions
  /** The Unix socket to connect to, whatever host the URL names. */
  readonly socketPath?: string
  /** Finds the addresses of the URL's host, such as the `lookup` of `@avrolet/dns`. Default: that of `node:dns`. */
  readonly lookup?: LookupFunction
}

/** A transport over HTTP. */
export interface HttpTransport extends Transport {
  /**
   * Refuses further calls and lets those under way end, but after `timeoutMillis` (default 10,000) they
   * are rejected with `ERR_RPC_CONNECTION`.
   */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Carries calls to the service at `url`, one at a time on each of a pool of connections unless `pipelining` says
 * otherwise. Opens none before the first call. Sends nothing twice: a call whose connection broke is rejected with
 * `ERR_RPC_CONNECTION`, whose `mayHaveBeenServed` is false where it was not sent.
 *
 * Throws a `TypeError` for a URL that is not http or https, or a limit that none can be.
 */
export function httpTransport(url: string | URL, options: HttpTransportOptions = {}): HttpTransport {
  const { origin, path, peer } = targetOf(url)
  const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, pipelining = 1 } = options
  const pool = createPool(origin, options)
  const headers = ["content-type", CONTENT_TYPE]
  // Undici pipelines nothing else; what may not be sent twice is not: see the receiver's `onConnect`.
  const idempotent = pipelining > 1
  const blocking = pipelining === 1

  const close = async (timeoutMillis: number): Promise<void> => {
    const timer = setTimeout(() => {
      void pool.destroy(new RpcError("ERR_RPC_CONNECTION", "The transport is closed"))
    }, timeoutMillis)
    await pool.close()
    clearTimeout(timer)
  }
  let closed: Promise<void> | undefined
  const transport: HttpTransport = {
    peer,
    send: (message: Uint8Array, cancellation: Cancellation) =>
      new Promise((resolve, reject) => {
        const body = frameInBuffer(message)
        const receiver = new ResponseReceiver(origin, maxMessageBytes, cancellation, resolve, reject)
        pool.dispatch({ path, method: "POST", headers, body, idempotent, blocking }, receiver)
      }),
    close: ({ timeoutMillis = 10_000 } = {}) => (closed ??= close(timeoutMillis)),
    [Symbol.asyncDispose]: () => transport.close(),
  }
  return transport
}

function targetOf(url: string | URL): { origin: string; path: string; peer: string } {
  const { protocol, origin, pathname, search } = new URL(url)
  if (protocol !== "http:" && protocol !== "https:")
    throw new TypeError(`Not an http or https URL: ${String(url)}`)
  return { origin, path: pathname + search, peer: origin + pathname } // a query may hold secrets
}

function createPool(origin: string, options: HttpTransportOptions): Pool {
  const { maxConnections = 128, keepAliveMillis = 4000, connectMillis = 10_000 } = options
  const { responseMillis = 300_000, tls, socketPath, lookup, maxMessageBytes, pipelining = 1 } = options
  checkLimits({ maxMessageBytes, maxConnections, keepAliveMillis, connectMillis, responseMillis, pipelining })
  return new Pool(origin, {
    connections: maxConnections,
    pipelining,
    keepAliveTimeout: keepAliveMillis,
    headersTimeout: responseMillis,
    bodyTimeout: responseMillis,
    connect: {
      ...(tls as object),
      timeout: connectMillis,
      ...(socketPath === undefined ? {} : { socketPath }),
      ...(lookup === undefined ? {} : { lookup }),
    },
  })
}
