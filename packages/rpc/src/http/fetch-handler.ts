// A service as a function from Request to Response: Hono, Bun, Deno, workers, anything that speaks fetch.

import { createCancellation } from "../cancellation.ts"
import { RpcError } from "../errors.ts"
import { createUnframer, frame, tooLarge } from "../framing.ts"
import { createServiceChoice, type Services } from "../net/choose-service.ts"
import { respond } from "../respond.ts"
import {
  bodyIsGone,
  CONTENT_TYPE,
  checkHead,
  DEFAULT_MAX_MESSAGE_BYTES,
  type HttpHandlerOptions,
  refuse,
} from "./exchange.ts"

/**
 * Serves a service, or several whose protocols have different names, where requests are `Request`s:
 * `app.post("/echo", (c) => handle(c.req.raw))`. Never rejects.
 */
export function fetchHandler(
  services: Services,
  { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES }: HttpHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const choice = createServiceChoice(services)
  return async (request) => {
    try {
      checkHead(request.method, request.headers.get("content-type"))
      const message = await receive(request, maxMessageBytes)
      const cancellation = createCancellation()
      const hangUp = (): void => cancellation.cancel(new RpcError("ERR_RPC_HANGUP", "The client hung up"))
      request.signal.addEventListener("abort", hangUp, { once: true })
      const answer = await respond(choice.choose(message), message, cancellation)
      request.signal.removeEventListener("abort", hangUp)
      return new Response(frame(answer), { headers: { "content-type": CONTENT_TYPE } })
    } catch (error) {
      const { status, headers, body } = refuse(choice.first, error)
      return new Response(body, { status, headers })
    }
  }
}

async function receive(request: Request, maxMessageBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length")) > maxMessageBytes) throw tooLarge(maxMessageBytes)
  if (request.bodyUsed) throw bodyIsGone()
  const unframer = createUnframer(maxMessageBytes)
  const reader = request.body?.getReader()
  try {
    for (;;) {
      const chunk = await read(reader)
      if (chunk === undefined) return unframer.finish()
      unframer.push(chunk)
    }
  } catch (error) {
    await reader?.cancel(error).catch(() => {}) // the body is given up, whatever it says to that
    throw error
  }
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): Promise<Uint8Array | undefined> {
  try {
    return (await reader?.read())?.value
  } catch (cause) {
    throw new RpcError("ERR_RPC_TRUNCATED", "The body ended in the middle of a message", { cause })
  }
}
