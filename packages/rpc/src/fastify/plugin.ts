// A service as a route of Fastify: its hooks, its log, its limits and `inject` apply as to any other.
//
//   POST, content-type avro/binary, body = one framed message → 200, avro/binary, one framed message

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { createCancellation } from "../cancellation.ts"
import { RpcError } from "../errors.ts"
import { createUnframer, frame } from "../framing.ts"
import { CONTENT_TYPE, DEFAULT_MAX_MESSAGE_BYTES, refuse } from "../http/exchange.ts"
import { nameOfRemote } from "../net/address.ts"
import { Admission, type AdmissionOptions } from "../net/admission.ts"
import { checkLimits } from "../net/check-limits.ts"
import { createServiceChoice, type ServiceChoice, type Services, setClosing } from "../net/choose-service.ts"
import { respond } from "../respond.ts"

/** Options of `avroPlugin`, beside Fastify's own `prefix`. */
export interface AvroPluginOptions extends AdmissionOptions {
  /** One, or several whose protocols have different names: the handshake tells which one a request is for. */
  readonly service: Services
  /** Where it is served, below the prefix. Default "/". */
  readonly path?: string
  /** The largest body accepted, with its framing. Default 4 MiB. */
  readonly maxMessageBytes?: number
}

/**
 * Serves a service on Fastify 5: `await fastify.register(avroPlugin, { path: "/echo", service: echo })`. What
 * is not Avro is refused by Fastify itself, in its own way; a call beyond `maxCallsInFlight` or
 * `maxLatenessMillis` is answered 503 with `retry-after`. Throws a `TypeError` for services that cannot share an
 * address, and for a limit that none can be.
 */
export async function avroPlugin(fastify: FastifyInstance, options: AvroPluginOptions): Promise<void> {
  const { service, path = "/", maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options
  const { maxCallsInFlight, maxLatenessMillis } = options
  checkLimits({ maxMessageBytes, maxCallsInFlight, maxLatenessMillis })
  const choice = createServiceChoice(service)
  const admission = new Admission(options)
  setClosing(choice, false)
  fastify.addHook("preClose", async () => {
    setClosing(choice, true)
    admission.close()
  })
  // Registered plugins have their own parsers: those of the rest of the server stay as they are.
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser(
    CONTENT_TYPE,
    { parseAs: "buffer", bodyLimit: maxMessageBytes },
    async (_request: FastifyRequest, body: Buffer) => body,
  )
  fastify.post(path, async (request, reply) => answer(choice, admission, maxMessageBytes, request, reply))
}

async function answer(
  choice: ServiceChoice,
  admission: Admission,
  maxMessageBytes: number,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Uint8Array | string> {
  const cancellation = createCancellation()
  const nameOfPeer = (): string | undefined => nameOfRemote(request.socket)
  reply.raw.on("close", () => {
    if (reply.raw.writableFinished) return
    cancellation.cancel(new RpcError("ERR_RPC_HANGUP", "The client hung up before the response was sent"))
  })
  try {
    const unframer = createUnframer(maxMessageBytes)
    unframer.push(request.body as Buffer)
    const message = unframer.finish()
    const response = await admit(admission, () =>
      respond(choice.choose(message), message, cancellation, nameOfPeer),
    )
    reply.type(CONTENT_TYPE)
    return frame(response)
  } catch (error) {
    const { status, headers, body } = refuse(choice.first, error, nameOfPeer)
    reply.code(status).headers(headers)
    return body
  }
}

/** Makes a call if there is room for it. Throws `ERR_RPC_OVERLOADED`. */
async function admit<T>(admission: Admission, call: () => Promise<T>): Promise<T> {
  const refusal = admission.enter()
  if (refusal !== undefined) throw refusal
  try {
    return await call()
  } finally {
    admission.leave()
  }
}
