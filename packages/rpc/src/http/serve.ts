// Services on a server of their own, which has limits where Node's has none or generous ones.

import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { Socket } from "node:net"
import type { TlsOptions } from "node:tls"
import { KEEP_ALIVE_MILLIS, nameOfRemote } from "../net/address.ts"
import { Admission, type AdmissionOptions } from "../net/admission.ts"
import { checkLimits } from "../net/check-limits.ts"
import { createServiceChoice, type Services, setClosing } from "../net/choose-service.ts"
import { type CloseOptions, type ListenOptions, listen } from "../net/listen.ts"
import { publishRefusal } from "../respond.ts"
import { answerClientError } from "./client-error.ts"
import { DEFAULT_MAX_MESSAGE_BYTES, type HttpHandlerOptions } from "./exchange.ts"
import { createHandler } from "./handler.ts"
import { ServerState } from "./server-state.ts"

/** Where and how `serveHttp` serves. */
export interface ServeHttpOptions extends ListenOptions, AdmissionOptions, HttpHandlerOptions {
  /** Speaks HTTPS with these options of `node:tls`: at least `key` and `cert`; `requestCert` and `ca` for clients' certificates. */
  readonly tls?: TlsOptions
  /** How large the head of a request may be. Default 16 KiB. */
  readonly maxHeadBytes?: number
  /** How long a client may take to send the head of a request, or to shake hands about TLS. Default 10,000. */
  readonly headMillis?: number
  /** How long a client may take to send a request, head and body; and how long it may take nothing of its response. Default 30,000. */
  readonly requestMillis?: number
  /** How long a connection is kept between requests. Default 65,000: load balancers keep theirs for 60 seconds. */
  readonly idleMillis?: number
}

/** Services that are being served. */
export interface HttpServer extends AsyncDisposable {
  /** The port, also where 0 was asked for; `undefined` on a Unix socket. */
  readonly port: number | undefined
  /**
   * Takes no more connections, lets the calls under way be answered for at most `timeoutMillis` (default
   * 10,000), each with the word that its connection ends, and breaks off what is left then. Connections between two
   * requests are kept for half a second: a request may be on its way. A response that is being sent is sent to its end.
   */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Serves a service, or several whose protocols have different names, over HTTP/1.1; resolves when it listens.
 * The handshake tells which service a request is for, on every path. A request that breaks a limit is refused
 * and published on `avrolet:rpc.refused`; a call beyond `maxCallsInFlight` or `maxLatenessMillis` is answered
 * 503 with `retry-after`, and `httpTransport` makes `ERR_RPC_OVERLOADED` of it.
 *
 * Rejects with `ERR_RPC_LISTEN` when the address is taken or not to be had, and with a `TypeError` for
 * options that name none, or no limit that can be.
 */
export async function serveHttp(services: Services, options: ServeHttpOptions): Promise<HttpServer> {
  const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, maxHeadBytes = 16 * 1024 } = options
  const { headMillis = 10_000, requestMillis = 30_000, idleMillis = 65_000 } = options
  const { maxConnections, maxCallsInFlight, maxLatenessMillis } = options
  const limits = { maxMessageBytes, maxHeadBytes, headMillis, requestMillis, idleMillis }
  checkLimits({ maxConnections, maxCallsInFlight, maxLatenessMillis, ...limits })

  const choice = createServiceChoice(services)
  const publish = (error: unknown, peer?: Socket): void =>
    publishRefusal(choice.first.protocol.name, error, () => nameOfRemote(peer ?? {}))
  const state = new ServerState(new Admission(options))
  const handle = createHandler({ services: choice, maxMessageBytes, server: state })
  const server = createListener(options.tls, limits, handle)
  server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    state.connections.add(socket)
  })
  server.on("clientError", (error, socket) => {
    if (state.isGivenUp(socket)) return void socket.destroy() // it was told why, and did not end
    const reason = answerClientError(error, socket)
    if (reason === undefined) return
    state.giveUp(socket)
    publish(reason, socket as Socket)
  })
  server.on("timeout", (socket: Socket) => state.connections.endIdle(socket))
  const listening = await listen(server, options, publish)
  setClosing(choice, false)

  const close = async (timeoutMillis: number): Promise<void> => {
    await untilNobodyConnects(server, Math.min(timeoutMillis, LAST_CALL_MILLIS))
    state.isClosing = true
    setClosing(choice, true)
    const stopWaiting = state.connections.endQuiet(LAST_CALL_MILLIS)
    await listening.close(timeoutMillis, () => {
      state.isBrokenOff = true
    })
    stopWaiting()
    server.close() // which ends what Node does beside listening
    state.admission.close()
  }
  let closed: Promise<void> | undefined
  const served: HttpServer = {
    port: listening.port,
    close: ({ timeoutMillis = 10_000 } = {}) => (closed ??= close(timeoutMillis)),
    [Symbol.asyncDispose]: () => served.close(),
  }
  return served
}

/** For how long a server that closes takes requests on the connections that it has: one may be on its way on each. */
const LAST_CALL_MILLIS = 500

interface Limits {
  readonly maxHeadBytes: number
  readonly headMillis: number
  readonly requestMillis: number
  readonly idleMillis: number
}

const MAX_CHECK_MILLIS = 1000

function createListener(tls: TlsOptions | undefined, limits: Limits, handle: RequestListener): Server {
  const { maxHeadBytes, headMillis, requestMillis, idleMillis } = limits
  const options: ServerOptions = {
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MILLIS,
    noDelay: true,
    maxHeaderSize: maxHeadBytes,
    headersTimeout: Math.min(headMillis, requestMillis),
    requestTimeout: requestMillis,
    keepAliveTimeout: idleMillis,
    connectionsCheckingInterval: Math.min(MAX_CHECK_MILLIS, headMillis / 4, requestMillis / 4),
  }
  const listener: RequestListener = (request, response) => {
    // Node ends a connection on which nothing moves, unless a response listens: that of a call waits for its
    // handler, and only one that is written and not taken is at fault.
    response.on("timeout", () => {
      if (response.writableEnded) request.socket.destroy()
    })
    handle(request, response)
  }
  const server =
    tls === undefined
      ? createServer(options, listener)
      : createTlsServer({ ...options, handshakeTimeout: headMillis, ...tls }, listener)
  server.timeout = requestMillis
  return server
}

/**
 * Resolves after two turns of the event loop in which nobody connected, one of which has looked. Whom the system has let
 * in and Node has not is reset when listening ends, and may have sent a request.
 */
async function untilNobodyConnects(server: Server, maxMillis: number): Promise<void> {
  const endsAt = performance.now() + maxMillis
  let quietTurns = 0
  const interrupt = (): void => {
    quietTurns = -1
  }
  server.on("connection", interrupt)
  while (quietTurns < 2 && performance.now() < endsAt) {
    await new Promise((resolve) => setImmediate(resolve))
    quietTurns++
  }
  server.off("connection", interrupt)
}
