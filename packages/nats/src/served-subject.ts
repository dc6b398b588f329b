// The server's end: the calls that come on a subject, and their answers.

import { bytesOf } from "@avrolet/avro/binary"
import { type CancellationSource, createCancellation, RpcError, refusal, type Service } from "@avrolet/rpc"
import {
  Admission,
  type AdmissionOptions,
  createServerSession,
  publishRefusal,
  respondInSession,
  type ServiceChoice,
  tooLarge,
} from "@avrolet/rpc/for-transports"
import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/nats-core"
import { type Answerable, CallsByReply } from "./calls-by-reply.ts"
import { type Endpoint, EndpointStats } from "./endpoint-stats.ts"
import { type Outbox, outboxOf } from "./outbox.ts"
import { failureHeaders, MAX_HEADER_BYTES, refusalHeaders } from "./refusal-message.ts"
import { inboxOf, isAnswerable } from "./subject.ts"

type Failure = { readonly error: unknown } | undefined

interface CallUnderWay extends Answerable {
  readonly cancellation: CancellationSource
}

/** Serves calls, and counts them. */
export class ServedSubject {
  readonly admission: Admission
  readonly #connection: NatsConnection
  readonly #outbox: Outbox
  readonly #services: ServiceChoice
  readonly #maxMessageBytes: number
  readonly #stats: ReadonlyMap<Service, EndpointStats>
  /** The calls under way that were not given up. */
  readonly #calls = new CallsByReply<CallUnderWay>()
  #underWay = 0
  #unanswerable = 0
  #isBrokenOff = false
  #onceIdle: (() => void) | undefined

  constructor(
    connection: NatsConnection,
    services: ServiceChoice,
    maxMessageBytes: number,
    admission: AdmissionOptions,
  ) {
    this.admission = new Admission(admission)
    this.#connection = connection
    this.#outbox = outboxOf(connection)
    this.#services = services
    this.#maxMessageBytes = maxMessageBytes
    this.#stats = new Map(services.all.map((service) => [service, new EndpointStats(service)]))
  }

  /** Serves what comes. Never throws: that would end all reading from the connection. */
  receive({ data, reply = "" }: Msg): void {
    const service = this.#services.choose(data)
    const call = this.#callOf(reply)
    const reason = this.#reasonToRefuse(data, call)
    if (reason === undefined) void this.#serve(service, data, call)
    else this.#refuse(service, reply, reason)
  }

  /** Tells the handler of the call with this reply subject that nobody waits. */
  cancel(reply = ""): void {
    const call = this.#calls.get(reply)
    if (call === undefined) return
    this.#calls.delete(call)
    call.cancellation.cancel(new RpcError("ERR_RPC_HANGUP", "The client gave the call up"))
  }

  /** Says that the broker forbids to listen any more. */
  refused(cause: Error): void {
    const error = new RpcError("ERR_RPC_LISTEN", `NATS ended a subscription: ${cause.message}`, { cause })
    publishRefusal(this.#services.first.protocol.name, error)
  }

  /** Tells the handlers of all calls, and their clients. */
  breakOff(error: RpcError): void {
    this.#isBrokenOff = true
    for (const { reply, cancellation } of this.#calls.clear()) {
      this.#send(reply, NOTHING, refusalHeaders(error))
      cancellation.cancel(error)
    }
    this.#onceIdle?.()
  }

  /** Resolves when no call is under way, or all are broken off. */
  async onceIdle(): Promise<void> {
    if (this.#underWay === 0 || this.#isBrokenOff) return
    await new Promise<void>((resolve) => (this.#onceIdle = resolve))
  }

  /** What discovery tells of the services here. */
  endpoints(subject: string, queue: string): Endpoint[] {
    return Array.from(this.#stats.values(), (stats) => stats.endpoint(subject, queue))
  }

  #callOf(reply: string): CallUnderWay {
    const key = reply === "" ? ` ${this.#unanswerable++}` : reply // no subject has a space in it
    return { reply: key, hash: 0, next: undefined, cancellation: createCancellation() }
  }

  /** Lets the call in, or says why not. */
  #reasonToRefuse(data: Uint8Array, call: CallUnderWay): RpcError | undefined {
    if (data.length > this.#maxMessageBytes) return tooLarge(this.#maxMessageBytes)
    if (!isAnswerable(call.reply))
      return new RpcError("ERR_RPC_SERIAL", "The request names a subject of the broker's own for its answer")
    if (this.#outbox.isFull)
      return refusal("ERR_RPC_OVERLOADED", "NATS does not take the server's answers fast enough")
    const reason = this.admission.enter()
    if (reason !== undefined || this.#calls.add(call)) return reason
    this.admission.leave()
    return new RpcError("ERR_RPC_SERIAL", "The request names the subject of another call for its answer")
  }

  #refuse(service: Service, reply: string, error: unknown): void {
    publishRefusal(service.protocol.name, error, () => inboxOf(reply))
    this.#stats.get(service)?.count(0, { error })
    const isAnothers = error instanceof RpcError && error.code === "ERR_RPC_SERIAL"
    if (!isAnothers) this.#send(reply, NOTHING, refusalHeaders(error))
  }

  async #serve(service: Service, request: Uint8Array, call: CallUnderWay): Promise<void> {
    const { reply, cancellation } = call
    this.#underWay++
    const startedAt = performance.now()
    let response: Uint8Array = NOTHING
    let failure: Failure
    try {
      const session = createServerSession(() => inboxOf(reply))
      await respondInSession(service, session, request, cancellation, (write) => {
        response = bytesOf((writer) => {
          failure = write(writer)
        })
      })
      this.#stats.get(service)?.count(performance.now() - startedAt, failure)
      if (this.#calls.delete(call)) this.#answer(service, reply, response, failure)
    } catch (error) {
      if (this.#calls.delete(call)) this.#refuse(service, reply, error)
    }
    this.admission.leave()
    if (--this.#underWay === 0) this.#onceIdle?.()
  }

  #answer(service: Service, reply: string, response: Uint8Array, failure: Failure): void {
    const maxBytes = this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY
    if (failure !== undefined && response.length + MAX_HEADER_BYTES <= maxBytes)
      return this.#send(reply, response, failureHeaders(failure.error))
    if (response.length <= maxBytes) return this.#send(reply, response)
    const message = `The response is of ${response.length} bytes, more than the ${maxBytes} of NATS's max_payload`
    const error = new RpcError("ERR_RPC_MESSAGE_SIZE", message)
    publishRefusal(service.protocol.name, error, () => inboxOf(reply))
    this.#send(reply, NOTHING, refusalHeaders(error))
  }

  #send(reply: string, bytes: Uint8Array, headers?: MsgHdrs): void {
    if (reply === "" || reply.startsWith(" ")) return
    this.#outbox.publish({ subject: reply, data: bytes, ...(headers === undefined ? {} : { headers }) })
  }
}

const NOTHING = new Uint8Array(0)
