// The server's end of one connection: its calls, and when it reads no more of them.

import type { Socket } from "node:net"
import { type Cancellation, type CancellationSource, createCancellation } from "../cancellation.ts"
import { RpcError } from "../errors.ts"
import type { Service } from "../implement.ts"
import type { Metadata } from "../metadata.ts"
import { nameOfRemote } from "../net/address.ts"
import { type Admission, closingRefusal, refusing } from "../net/admission.ts"
import type { ServiceChoice } from "../net/choose-service.ts"
import { createServerSession, publishRefusal, respondInSession, type ServerSession } from "../respond.ts"
import { serialToCancel } from "./cancel-ping.ts"
import { hasClosingWord, writeClosingAnswer } from "./closing-word.ts"
import { Connection } from "./connection.ts"
import type { FrameLimits } from "./frames.ts"

/** The limits of one connection. */
export interface ServedConnectionLimits extends FrameLimits {
  readonly maxCallsPerConnection: number
  readonly idleMillis: number
  readonly frameMillis: number
}

/** While more than this waits for a client to take it, none of its calls are read. */
const MAX_UNSENT_BYTES = 1024 * 1024

/** How long a client that is told may take to send its last call. */
const LAST_CALL_MILLIS = 1000

/** The serial of what nobody waits for. */
const NOBODY = 0

interface CallInFlight {
  readonly serial: number
  readonly cancellation: CancellationSource
  /** Where it is among the others. */
  index: number
}

/** Serves the calls that come on one socket, several at a time. */
export class ServedConnection {
  /** Resolves when the connection is over and its handlers are told. */
  readonly over: Promise<void>
  readonly #services: ServiceChoice
  readonly #admission: Admission
  readonly #limits: ServedConnectionLimits
  readonly #connection: Connection
  readonly #session: ServerSession
  #service: Service
  readonly #calls: CallInFlight[] = [] // not a Set: see call-table.ts
  /** Whether the client wants to be told before the connection ends. */
  #wantsToBeTold = false
  #lastCall: NodeJS.Timeout | undefined
  /** Whether the calls under way are the last. */
  #isEnding = false

  constructor(socket: Socket, services: ServiceChoice, admission: Admission, limits: ServedConnectionLimits) {
    this.#services = services
    this.#service = services.first
    this.#admission = admission
    this.#limits = limits
    const peer = nameOfRemote(socket)
    this.#session = createServerSession(() => peer)
    let isOver: () => void
    this.over = new Promise((resolve) => {
      isOver = resolve
    })
    this.#connection = new Connection(socket, limits, {
      onMessage: (serial, message) => this.#serve(serial, message),
      onDrain: () => this.#readOrWait(),
      onClose: (error) => {
        this.#closed(error)
        isOver()
      },
    })
    socket.setTimeout(limits.idleMillis, () => {
      const { bytesRead } = socket
      // A timer that is late comes before what has arrived: that is read first.
      setImmediate(() => {
        if (this.#calls.length === 0 && socket.bytesRead === bytesRead) socket.destroy()
      })
    })
  }

  /** Ends the connection when the calls under way are answered, and those that the client sends until it knows. */
  end(): void {
    if (!this.#wantsToBeTold) return this.#end()
    this.#connection.send(NOBODY, writeClosingAnswer)
    // As above: what was sent before the client's last word is read first.
    this.#lastCall = setTimeout(() => setImmediate(() => this.#end()), LAST_CALL_MILLIS)
  }

  #end(): void {
    clearTimeout(this.#lastCall)
    this.#isEnding = true
    this.#connection.resume() // to refuse what comes, and to see the client's end
    if (this.#calls.length === 0) this.#connection.end()
  }

  destroy(error: RpcError): void {
    this.#connection.destroy(error)
  }

  /** Ends the connection if a message has been under way for too long. To be called now and then. */
  checkTime(now: number): void {
    const { frameMillis } = this.#limits
    if (now - (this.#connection.incompleteSince ?? now) <= frameMillis) return
    const message = `The client took more than ${frameMillis} ms to send a message`
    this.destroy(new RpcError("ERR_RPC_TIMEOUT", message))
  }

  #serve(serial: number, message: Uint8Array): void {
    // Until a handshake is agreed on, each message has one.
    if (this.#session.client === undefined) this.#service = this.#services.choose(message)
    const reason = this.#isEnding ? closingRefusal() : this.#admission.enter()
    if (reason !== undefined) {
      const refused = this.#respond(refusing(this.#service, reason), serial, message, createCancellation())
      void refused.then(() => this.#readOrWait())
      return
    }
    const call = { serial, cancellation: createCancellation(), index: this.#calls.length }
    this.#calls.push(call)
    this.#readOrWait()
    void this.#answer(call, message)
  }

  async #answer(call: CallInFlight, message: Uint8Array): Promise<void> {
    await this.#respond(this.#service, call.serial, message, call.cancellation)
    this.#admission.leave()
    this.#remove(call)
    if (this.#isEnding && this.#calls.length === 0) this.#connection.end()
    else this.#readOrWait()
  }

  async #respond(
    service: Service,
    serial: number,
    message: Uint8Array,
    cancellation: Cancellation,
  ): Promise<void> {
    try {
      const ping = await respondInSession(service, this.#session, message, cancellation, (write) => {
        this.#connection.send(serial, write)
      })
      if (ping !== undefined) this.#heed(ping)
    } catch (error) {
      this.#connection.destroy(error)
    }
  }

  /** The last one takes its place. */
  #remove(call: CallInFlight): void {
    const last = this.#calls.pop()
    if (last === undefined || last === call) return
    last.index = call.index
    this.#calls[call.index] = last
  }

  #heed(ping: Metadata): void {
    if (!hasClosingWord(ping)) this.#cancel(ping)
    else if (this.#lastCall === undefined) this.#wantsToBeTold = true
    else this.#end()
  }

  #cancel(ping: Metadata): void {
    const serial = serialToCancel(ping)
    if (serial === undefined) return
    const error = new RpcError("ERR_RPC_HANGUP", "The client gave the call up")
    for (const call of this.#calls) if (call.serial === serial) call.cancellation.cancel(error)
  }

  /** Lets the client wait while there is enough to do, or it takes no answers. */
  #readOrWait(): void {
    const isBusy = !this.#isEnding && this.#calls.length >= this.#limits.maxCallsPerConnection
    if (isBusy || this.#connection.unsentBytes > MAX_UNSENT_BYTES) this.#connection.pause()
    else this.#connection.resume()
  }

  #closed(error: unknown): void {
    clearTimeout(this.#lastCall)
    const reason =
      error instanceof RpcError
        ? error
        : new RpcError("ERR_RPC_HANGUP", "The client hung up before the response was sent", { cause: error })
    const isRefused = error instanceof RpcError || this.#connection.isIncomplete
    if (isRefused && !this.#isEnding) {
      publishRefusal(this.#service.protocol.name, reason, this.#session.nameOfPeer)
    }
    for (const { cancellation } of this.#calls) cancellation.cancel(reason)
  }
}
