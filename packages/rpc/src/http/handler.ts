// Services as a request listener of node:http or node:https.

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { bytesOf } from "@avrolet/avro/binary"
import { type Cancellation, createCancellation } from "../cancellation.ts"
import { RpcError } from "../errors.ts"
import { createUnframer, tooLarge, type Unframer } from "../framing.ts"
import { nameOfRemote } from "../net/address.ts"
import { createServiceChoice, type ServiceChoice, type Services } from "../net/choose-service.ts"
import { createServerSession, publishRefusal, respondInSession } from "../respond.ts"
import {
  bodyIsGone,
  CONTENT_TYPE,
  checkHead,
  DEFAULT_MAX_MESSAGE_BYTES,
  type HttpHandlerOptions,
  refuse,
} from "./exchange.ts"
import { frameInBuffer } from "./frame-in-buffer.ts"
import type { ServerState } from "./server-state.ts"

/**
 * Serves a service, or several whose protocols have different names, on Node's HTTP server:
 * `createServer(httpHandler(service)).listen(8080)`. The handshake tells which service a request is for. Takes
 * every path it is given. Never throws and never rejects. `serveHttp` is this with a server whose limits are
 * set.
 */
export function httpHandler(services: Services, options: HttpHandlerOptions = {}): RequestListener {
  const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options
  return createHandler({ services: createServiceChoice(services), maxMessageBytes, server: undefined })
}

/** What a handler serves. */
export interface HandlerSettings {
  readonly services: ServiceChoice
  readonly maxMessageBytes: number
  /** The server, if it is ours. */
  readonly server: ServerState | undefined
}

/** A handler of everything that comes to a server. */
export function createHandler(settings: HandlerSettings): RequestListener {
  const connections = settings.server?.connections
  return (request, response) => {
    const cancellation = createCancellation()
    connections?.responseBegins(request.socket)
    response.on("close", () => {
      connections?.responseIsOver(request.socket)
      if (!response.writableFinished) cancellation.cancel(hangUp(settings.server))
    })
    response.on("error", ignore) // its "close" follows, and says all that is needed
    const onError = (error: unknown): void => fail(settings, request, response, error)
    receive(request, settings.maxMessageBytes, onError, (message) => {
      serve(settings, message, response, cancellation).catch(onError)
    })
  }
}

const ignore = (): void => {}

function hangUp(server: ServerState | undefined): RpcError {
  return server?.isBrokenOff
    ? new RpcError("ERR_RPC_CONNECTION", "The server was closed before the response was sent")
    : new RpcError("ERR_RPC_HANGUP", "The client hung up before the response was sent")
}

/**
 * Calls back once: with the one message of the body, or with why there is none. An async iterator would cost a
 * sixth of the calls, a promise a twentieth.
 */
function receive(
  request: IncomingMessage,
  maxMessageBytes: number,
  onError: (error: unknown) => void,
  onMessage: (message: Uint8Array) => void,
): void {
  let unframer: Unframer | undefined // of a request that is being received
  const stop = (error: unknown): void => {
    if (unframer === undefined) return
    unframer = undefined
    onError(error)
  }
  try {
    unframer = accept(request, maxMessageBytes)
  } catch (error) {
    return onError(error)
  }
  request.on("data", (chunk: Uint8Array) => {
    try {
      unframer?.push(chunk)
    } catch (error) {
      stop(error)
    }
  })
  request.on("end", () => {
    try {
      const message = unframer?.finish()
      unframer = undefined
      if (message !== undefined) onMessage(message)
    } catch (error) {
      stop(error)
    }
  })
  request.on("error", (cause) => {
    stop(new RpcError("ERR_RPC_HANGUP", "The client hung up in the middle of its request", { cause }))
  })
}

/** Looks at the head. Throws for a request that is not Avro's, too large, or read before. */
function accept(request: IncomingMessage, maxMessageBytes: number): Unframer {
  checkHead(request.method, request.headers["content-type"])
  if (request.readableEnded) throw bodyIsGone()
  if (Number(request.headers["content-length"]) > maxMessageBytes) throw tooLarge(maxMessageBytes)
  return createUnframer(maxMessageBytes)
}

/** Answers a message, if there is room for one more call. */
async function serve(
  { services, server }: HandlerSettings,
  message: Uint8Array,
  response: ServerResponse,
  cancellation: Cancellation,
): Promise<void> {
  const refusal = server?.admission.enter()
  if (refusal !== undefined) throw refusal
  try {
    const service = services.choose(message)
    const session = createServerSession(() => nameOfRemote(response.socket ?? {}))
    await respondInSession(service, session, message, cancellation, (write) => {
      const body = frameInBuffer(bytesOf(write))
      const headers = ["content-type", CONTENT_TYPE, "content-length", String(body.length)]
      if (server?.isClosing) headers.push("connection", "close")
      response.writeHead(200, headers)
      response.end(body)
    })
  } finally {
    server?.admission.leave()
  }
}

/** Answers a request that never became a call, if there is anybody to answer. */
function fail(
  { services, server }: HandlerSettings,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  if (request.errored === null && !response.destroyed) {
    const refusal = refuse(services.first, error, () => nameOfRemote(request.socket))
    // One that is refused for want of room may come again, on the same connection.
    sendRefusal(request, response, refusal, refusal.status !== 503 || server?.isClosing === true)
    if (!request.complete) server?.giveUp(request.socket)
  } else if (!server?.isGivenUp(request.socket)) {
    publishRefusal(services.first.protocol.name, error)
  }
}

/** Answers, and lets what is left of the body through, else the client would see a reset and not why. */
function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: ReturnType<typeof refuse>,
  isLast: boolean,
): void {
  const connection = isLast ? { connection: "close" } : {}
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body), ...connection })
  if (request.complete) {
    response.end(body)
    return
  }
  response.write(body) // to end it here would close the connection on a client that is still sending
  request.on("end", () => response.end())
  drain(request)
}

const MAX_SILENCE_MILLIS = 1000
const MAX_DRAIN_MILLIS = 30_000
const MAX_DRAIN_BYTES = 64 * 1024 * 1024

/** Reads to the end, unless that is far: then the connection is ended. */
function drain(request: IncomingMessage): void {
  const startedAt = performance.now()
  let bytes = 0
  const timer = setTimeout(() => {
    const before = bytes
    // A timer that is late comes before what has arrived: that is read first.
    setImmediate(() => {
      if (bytes === before) request.destroy()
    })
  }, MAX_SILENCE_MILLIS)
  request.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length
    if (bytes > MAX_DRAIN_BYTES || performance.now() - startedAt > MAX_DRAIN_MILLIS) request.destroy()
    else timer.refresh()
  })
  request.on("close", () => clearTimeout(timer))
}
