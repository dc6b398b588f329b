// The client's end: calls by the tokens that their answers come under.
//
//   token = secret:8 characters of base64url, serial in decimal digits
//
// Whoever got one request knows the inbox, and could guess the serials of other calls: hence the secret, which is
// another one for each call.

import { randomBytes } from "node:crypto"
import { type Cancellation, RpcError } from "@avrolet/rpc"
import { CallTable, type Numbered, tooLarge } from "@avrolet/rpc/for-transports"
import { createInbox, type Msg, type NatsConnection, type Subscription } from "@nats-io/nats-core"
import { type ConnectionListener, type ConnectionWatch, watchConnection } from "./connection-watch.ts"
import { type Outbox, outboxOf } from "./outbox.ts"
import { errorIn } from "./refusal-message.ts"
import { cancelSubject } from "./subject.ts"

/** What is fixed for all calls of a transport. */
export interface CallerSettings {
  readonly subject: string
  readonly maxMessageBytes: number
  readonly maxCallsInFlight: number
  readonly responseMillis: number
  readonly inboxPrefix: string
}

interface PendingCall extends Numbered {
  /** What it is known by to its server; empty until it is sent. */
  token: string
  readonly madeAtMillis: number
  readonly message: Uint8Array
  readonly cancellation: Cancellation
  readonly onCancel: (reason: unknown) => void
  readonly resolve: (response: Uint8Array) => void
  readonly reject: (reason: unknown) => void
}

/** Makes calls on one subject. */
export class NatsCaller implements ConnectionListener {
  readonly #connection: NatsConnection
  readonly #outbox: Outbox
  readonly #settings: CallerSettings
  readonly #inbox: string
  readonly #calls: CallTable<PendingCall>
  /** Calls for which there is no room yet, at the server or at the broker, in their order. */
  readonly #queue = new Set<PendingCall>()
  readonly #secrets = new Secrets()
  #watch: ConnectionWatch | undefined
  #answers: Subscription | undefined
  #patience: NodeJS.Timeout | undefined
  #onceEmpty: (() => void) | undefined
  readonly #onRoom = (): void => this.#startQueued()

  constructor(connection: NatsConnection, settings: CallerSettings) {
    this.#connection = connection
    this.#outbox = outboxOf(connection)
    this.#settings = settings
    this.#inbox = `${createInbox(settings.inboxPrefix)}.`
    this.#calls = new CallTable(settings.maxCallsInFlight)
  }

  /** Sends a request and resolves to its response. */
  send(message: Uint8Array, cancellation: Cancellation): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      cancellation.throwIfCancelled()
      this.#open()
      this.#checkSize(message)
      const onCancel = (reason: unknown): void => this.#giveUp(call, reason)
      const madeAtMillis = performance.now()
      const call = { serial: 0, token: "", madeAtMillis, message, cancellation, onCancel, resolve, reject }
      // Not by way of the queue: a Set that each call is put into and taken from keeps garbage alive, as a Map does.
      if (this.#queue.size === 0 && this.#hasRoom) this.#start(call)
      else this.#enqueue(call)
      cancellation.onCancel(onCancel)
    })
  }

  /** Resolves when the calls under way have ended; after `timeoutMillis` they are rejected. Nobody may send any more. */
  async close(timeoutMillis: number, error: () => RpcError): Promise<void> {
    const timer = setTimeout(() => {
      for (const call of this.#calls.all()) this.#tellServers(call)
      this.#rejectAll(error)
    }, timeoutMillis)
    await new Promise<void>((resolve) => {
      this.#onceEmpty = resolve
      this.#tellIfEmpty()
    })
    clearTimeout(timer)
    clearInterval(this.#patience)
    this.#watch?.delete(this)
    if (!this.#connection.isClosed()) this.#answers?.unsubscribe()
  }

  onDown(): void {
    this.#rejectAll(() => new RpcError("ERR_RPC_CONNECTION", "The connection to NATS broke"))
  }

  onForbidden(subject: string): void {
    const message = `NATS does not let this connection publish to ${subject}`
    if (subject === this.#settings.subject)
      this.#rejectAll(() => new RpcError("ERR_RPC_FORBIDDEN", message, { mayHaveBeenServed: true }))
  }

  /** Listens to answers, once. Throws if there is no connection now. */
  #open(): void {
    this.#watch ??= watchConnection(this.#connection)
    if (this.#watch.isDown) throw notConnected("The connection to NATS is down")
    if (this.#answers !== undefined) return
    try {
      this.#answers = this.#connection.subscribe(`${this.#inbox}*`, {
        callback: (error, message) => this.#receive(error, message),
      })
    } catch (cause) {
      throw notConnected("The connection to NATS takes no subscriptions", cause)
    }
    this.#watch.add(this)
    // A timer that is late comes before what has arrived: that is read first.
    const look = (): unknown => setImmediate(() => this.#rejectLate())
    this.#patience ??= setInterval(look, Math.min(1000, this.#settings.responseMillis / 4)).unref()
  }

  #checkSize(message: Uint8Array): void {
    const maxBytes = this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY
    if (message.length <= maxBytes) return
    const error = `The request is of ${message.length} bytes, more than the ${maxBytes} of NATS's max_payload`
    throw new RpcError("ERR_RPC_MESSAGE_SIZE", error, { mayHaveBeenServed: false })
  }

  #start(call: PendingCall): void {
    this.#calls.add(call)
    call.token = this.#secrets.next() + String(call.serial)
    this.#outbox.publish({
      subject: this.#settings.subject,
      data: call.message,
      reply: this.#inbox + call.token,
      failed: (cause) => this.#notSent(call, cause),
    })
  }

  #notSent(call: PendingCall, cause: unknown): void {
    if (this.#calls.get(call.serial) !== call) return
    this.#end(call)
    call.reject(notConnected("NATS did not take the request", cause))
  }

  #receive(error: Error | null, message: Msg): void {
    if (error !== null) {
      this.#answers = undefined
      const text = `NATS does not let this connection listen to its answers: ${error.message}`
      this.#rejectAll(
        () => new RpcError("ERR_RPC_FORBIDDEN", text, { cause: error, mayHaveBeenServed: true }),
      )
      return
    }
    const token = message.subject.slice(this.#inbox.length)
    const call = this.#calls.get(Number(token.slice(SECRET_CHARS)))
    if (call?.token !== token) return // late, or a second time, or somebody else's: nobody waits for it
    const { data } = message
    const { subject, maxMessageBytes } = this.#settings
    this.#end(call)
    const failure = data.length === 0 ? errorIn(() => message.headers, subject) : undefined
    if (failure !== undefined) call.reject(failure)
    else if (data.length > maxMessageBytes) call.reject(tooLarge(maxMessageBytes))
    else call.resolve(data)
  }

  #giveUp(call: PendingCall, reason: unknown): void {
    if (this.#queue.delete(call)) this.#tellIfEmpty()
    else if (this.#calls.get(call.serial) === call) {
      this.#end(call)
      // When its time is over its server knows that by itself.
      if (remainsMillis(call) > EARLY_MILLIS) this.#tellServers(call)
    }
    call.reject(reason)
  }

  /** Which of them serves the call nobody knows but itself. */
  #tellServers(call: PendingCall): void {
    const subject = cancelSubject(this.#settings.subject)
    this.#outbox.publish({ subject, data: NOTHING, reply: this.#inbox + call.token })
  }

  /** The call is over; there is room for the next. */
  #end(call: PendingCall): void {
    this.#calls.delete(call)
    call.cancellation.offCancel(call.onCancel)
    if (this.#queue.size > 0) this.#startQueued()
    this.#tellIfEmpty()
  }

  get #hasRoom(): boolean {
    return this.#calls.size < this.#settings.maxCallsInFlight && !this.#outbox.isFull
  }

  #enqueue(call: PendingCall): void {
    this.#queue.add(call)
    this.#startQueued()
  }

  #startQueued(): void {
    for (const next of this.#queue) {
      if (this.#outbox.isFull) return this.#outbox.onceRoom(this.#onRoom)
      if (!this.#hasRoom) return
      this.#queue.delete(next)
      this.#start(next)
    }
  }

  #rejectLate(): void {
    const { responseMillis, subject } = this.#settings
    const latest = performance.now() - responseMillis
    for (const call of this.#queue) {
      if (call.madeAtMillis > latest) continue
      this.#giveUp(
        call,
        notConnected(`NATS did not take the request within responseMillis, ${responseMillis} ms`),
      )
    }
    for (const call of this.#calls.all()) {
      if (call.madeAtMillis > latest) continue
      const message = `No answer on ${subject} within responseMillis, ${responseMillis} ms: its server may be gone`
      this.#giveUp(call, new RpcError("ERR_RPC_CONNECTION", message))
    }
  }

  #rejectAll(error: () => RpcError): void {
    const queued = [...this.#queue]
    this.#queue.clear()
    const { code, message } = error()
    for (const call of queued) {
      call.cancellation.offCancel(call.onCancel)
      call.reject(new RpcError(code, message, { mayHaveBeenServed: false }))
    }
    for (const call of this.#calls.clear()) {
      call.cancellation.offCancel(call.onCancel)
      call.reject(error())
    }
    this.#tellIfEmpty()
  }

  #tellIfEmpty(): void {
    if (this.#calls.size === 0 && this.#queue.size === 0) this.#onceEmpty?.()
  }
}

const notConnected = (message: string, cause?: unknown): RpcError =>
  new RpcError("ERR_RPC_CONNECTION", message, { cause, mayHaveBeenServed: false })

/** By how much a timer may be early. */
const EARLY_MILLIS = 2
const remainsMillis = ({ cancellation }: PendingCall): number => cancellation.endsAtMillis - performance.now()

const NOTHING = new Uint8Array(0)
const SECRET_CHARS = 8
const SECRET_BYTES = 6
const SECRETS_AT_ONCE = 1024

/** Random texts, made many at a time: one at a time costs a microsecond, and its digits another third of one. */
class Secrets {
  #text = ""
  #used = 0

  next(): string {
    if (this.#used === this.#text.length) {
      this.#text = randomBytes(SECRETS_AT_ONCE * SECRET_BYTES).toString("base64url")
      this.#used = 0
    }
    return this.#text.slice(this.#used, (this.#used += SECRET_CHARS))
  }
}
