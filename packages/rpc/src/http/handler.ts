// A service as a request listener of node:http or node:https.

import type { IncomingMessage, ServerResponse } from "node:http"
import { createCancellation } from "../cancellation.ts"
import { RpcError } from "../errors.ts"
import { createUnframer, frame, tooLarge } from "../framing.ts"
import type { Service } from "../implement.ts"
import { publishRefusal, respond } from "../respond.ts"
import {
  CONTENT_TYPE,
  checkHead,
  DEFAULT_MAX_MESSAGE_BYTES,
  type HttpHandlerOptions,
  refuse,
} from "./exchange.ts"

/**
 * Serves a service on Node's HTTP server: `createServer(httpHandler(service)).listen(8080)`. Takes
 * every path it is given. Never throws and never rejects.
 */
export function httpHandler(
  service: Service,
  { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES }: HttpHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const cancellation = createCancellation()
    response.on("close", () => {
      if (response.writableFinished) return
      cancellation.cancel(new RpcError("ERR_RPC_HANGUP", "The client hung up before the response was sent"))
    })
    response.on("error", () => {}) // its "close" follows, and says all that is needed

    receive(request, maxMessageBytes)
      .then((message) => respond(service, message, cancellation))
      .then((answer) => {
        const body = frame(answer)
        response.writeHead(200, { "content-type": CONTENT_TYPE, "content-length": body.length })
        response.end(body)
      })
      .catch((error: unknown) => {
        if (request.errored !== null || response.destroyed) publishRefusal(service.protocol.name, error)
        else sendRefusal(service, request, response, error)
      })
  }
}

/** Resolves to the one message of the body. Listens to events: an async iterator costs a sixth of the calls (bench of the study). */
function receive(request: IncomingMessage, maxMessageBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    checkHead(request.method, request.headers["content-type"])
    if (Number(request.headers["content-length"]) > maxMessageBytes) throw tooLarge(maxMessageBytes)
    const unframer = createUnframer(maxMessageBytes)
    request.on("data", (chunk: Uint8Array) => {
      try {
        unframer.push(chunk)
      } catch (error) {
        request.removeAllListeners("data")
        reject(error)
      }
    })
    request.on("end", () => {
      try {
        resolve(unframer.finish())
      } catch (error) {
        reject(error)
      }
    })
    request.on("error", (cause) => {
      reject(new RpcError("ERR_RPC_HANGUP", "The client hung up in the middle of its request", { cause }))
    })
  })
}

const MAX_DRAIN_MILLIS = 1000

/** Answers a bad request. What is left of its body is let through for a moment, else the client would see a reset and not why. */
function sendRefusal(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  const { status, headers, body } = refuse(service, error)
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body), connection: "close" })
  response.end(body)
  if (request.complete) return
  request.resume()
  const timer = setTimeout(() => request.destroy(), MAX_DRAIN_MILLIS)
  request.on("close", () => clearTimeout(timer))
}
