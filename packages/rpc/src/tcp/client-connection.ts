// The client's end of one connection: its handshake, its calls by their serials, and whether the server
// is still there.

import type { Protocol } from "@avrolet/avro"
import { createReader } from "@avrolet/avro/binary"
import { writePing } from "../call.ts"
import { RpcError, reasonOf } from "../errors.ts"
import { offerHandshake, readHandshakeAnswer, type ServerGuess } from "../handshake.ts"
import type { ProtocolsSeen } from "../protocols-seen.ts"
import type { Exchange } from "../transport.ts"
import { CallTable, type Numbered } from "./call-table.ts"
import { writeCancelPing } from "./cancel-ping.ts"
import { isClosingAnswer, writeClosingPing } from "./closing-word.ts"
import { Connection } from "./connection.ts"
import type { Dialled } from "./dial.ts"
import type { FrameLimits } from "./frames.ts"
import { writeRequest } from "./write-request.ts"

/** The limits of one connection. */
export interface ClientConnectionLimits extends FrameLimits {
  readonly maxMessageBytes: number
  readonly maxCallsInFlight: number
  readonly pingMillis: number
  readonly idleMillis: number
}

/** What a client knows when it connects. */
export interface Identity {
  readonly protocol: Protocol
  readonly guess: ServerGuess
  readonly seen: ProtocolsSeen
  /** The server as errors name it. */
  readonly serverName: string
}

/** A call that waits for its answer. */
export interface PendingCall extends Numbered {
  readonly exchange: Exchange
  readonly resolve: (result: unknown) => void
  readonly reject: (reason: unknown) => void
  /** Its request, if that was written before there was a connection. */
  request: Uint8Array | undefined
  /** Where it was sent. */
  connection: ClientConnection | undefined
  /** Whether nobody waits any more, though an answer may come. */
  isGivenUp: boolean
}

/** What the owner of a connection is told. */
export interface ClientConnectionEvents {
  /** The handshake is done: calls may be sent. */
  onReady(server: ServerGuess): void
  /** A call was answered, so that there is room for another. */
  onRoom(): void
  /** The server closes: it answers the calls under way, and takes no others. Called once. */
  onLeaving(): void
  /** The connection is over. Calls that it carried have been rejected with this. */
  onClose(error: RpcError): void
}

/** The serial of what nobody waits for: calls that are one-way, and pings. */
const NOBODY = 0
const HANDSHAKE = 1

/** How long a server that said that it closes may keep a connection on which nobody waits. */
const LEAVE_MILLIS = 1000

/** Calls over one socket, which may still be connecting. */
export class ClientConnection {
  readonly #identity: Identity
  readonly #limits: ClientConnectionLimits
  readonly #events: ClientConnectionEvents
  readonly #connection: Connection
  readonly #watch: NodeJS.Timeout
  #patience: NodeJS.Timeout | undefined
  readonly #calls: CallTable<PendingCall>
  /** How many of them were not given up. */
  #waiting = 0
  #guess: ServerGuess
  #server: Protocol | undefined
  #hasOfferedText = false
  #bytesRead = 0
  #isProbing = false
  #isLeaving = false

  constructor(
    { socket, connected }: Dialled,
    identity: Identity,
    limits: ClientConnectionLimits,
    events: ClientConnectionEvents,
  ) {
    this.#identity = identity
    this.#guess = identity.guess
    this.#calls = new CallTable(limits.maxCallsInFlight)
    this.#limits = limits
    this.#events = events
    this.#connection = new Connection(socket, limits, {
      onMessage: (serial, message) => this.#receive(serial, message),
      onClose: (error) => this.#closed(error),
    })
    socket.setTimeout(limits.idleMillis, () => {
      if (this.#server === undefined || this.#waiting > 0) return
      // What the server has not taken in this time it would be waited for for ever.
      if (this.#connection.unsentBytes > 0) this.#connection.destroy()
      else this.close()
    })
    socket.once(connected, () => this.#shakeHands(false))
    this.#watch = setInterval(() => this.#probe(), limits.pingMillis)
    this.#watch.unref()
  }

  /** Whether the handshake is done and a call may be sent now. */
  get hasRoom(): boolean {
    const isOpen = this.#server !== undefined && this.#connection.socket.writable
    return isOpen && this.#calls.size < this.#limits.maxCallsInFlight
  }

  /** How many calls wait for an answer. */
  get waiting(): number {
    return this.#waiting
  }

  /** Breaks off unless the handshake is done within this time. */
  expectReady(millis: number): void {
    this.#patience = setTimeout(() => {
      const message = `No handshake with ${this.#identity.serverName} within ${millis} ms`
      this.destroy(new RpcError("ERR_RPC_CONNECTION", message))
    }, millis)
    this.#patience.unref()
  }

  /** Keeps the process alive, as calls under way do by themselves. */
  ref(): void {
    this.#connection.socket.ref()
  }

  unref(): void {
    this.#connection.socket.unref()
  }

  /** Sends a call. Throws what its request throws when it is written. */
  start(call: PendingCall): void {
    const { exchange, request } = call
    const isOneWay = exchange.isOneWay(this.#server as Protocol)
    if (!isOneWay) this.#calls.add(call)
    try {
      this.#connection.send(isOneWay ? NOBODY : call.serial, (writer) => {
        if (request === undefined) writeRequest(exchange, writer, this.#limits.maxMessageBytes)
        else writer.writeFixed(request)
      })
    } catch (error) {
      if (!isOneWay) this.#calls.delete(call)
      throw error
    }
    if (isOneWay) return call.resolve(null)
    call.connection = this
    if (++this.#waiting === 1) this.ref()
  }

  /** Gives up a call that is on its way, and tells the server. */
  giveUp(call: PendingCall, reason: unknown): void {
    if (this.#calls.get(call.serial) !== call || call.isGivenUp) return // it has ended
    call.isGivenUp = true
    this.#settled()
    call.reject(reason)
    this.#connection.send(NOBODY, (writer) => writeCancelPing(writer, call.serial))
    this.#retireIfFull()
  }

  /** Sends what is to be sent and goes. */
  close(): void {
    this.#connection.close()
  }

  /** Breaks the connection off; calls under way are rejected with the error. */
  destroy(error: RpcError): void {
    this.#connection.destroy(error)
  }

  /** In a ping of its own: no call waits for another's handler, as it would behind a call that had the handshake. */
  #shakeHands(withText: boolean): void {
    this.#hasOfferedText = withText
    this.#connection.send(HANDSHAKE, (writer) => {
      offerHandshake(writer, this.#identity.protocol, this.#guess, withText)
      writeClosingPing(writer)
    })
  }

  #receive(serial: number, message: Uint8Array): void {
    if (this.#server === undefined) return this.#finishHandshake(serial, message)
    const call = this.#calls.get(serial)
    if (call === undefined) {
      if (serial === NOBODY) return this.#hear(message)
      const what = `The server answered call ${serial}, which does not wait for an answer`
      throw new RpcError("ERR_RPC_SERIAL", what)
    }
    this.#calls.delete(call)
    if (!call.isGivenUp) {
      this.#settled()
      try {
        call.resolve(call.exchange.read(createReader(message), this.#server))
      } catch (error) {
        call.reject(error)
      }
    }
    this.#events.onRoom()
    this.#retireIfFull()
  }

  #finishHandshake(serial: number, message: Uint8Array): void {
    if (serial !== HANDSHAKE)
      throw new RpcError("ERR_RPC_SERIAL", `The server answered call ${serial} before the handshake`)
    const { answered, server } = readHandshakeAnswer(createReader(message), this.#guess, this.#identity.seen)
    this.#guess = server
    if (!answered && this.#hasOfferedText) {
      throw new RpcError(
        "ERR_RPC_HANDSHAKE",
        "The server asked for the client's protocol again after it was sent",
      )
    }
    if (!answered) return this.#shakeHands(true)
    this.#server = server.protocol
    this.unref()
    clearTimeout(this.#patience)
    this.#events.onReady(server)
  }

  /** What is no answer to a call: the server's word that it closes, or nothing. */
  #hear(message: Uint8Array): void {
    if (this.#isLeaving || !isClosingAnswer(message)) return
    this.#isLeaving = true
    this.#connection.send(NOBODY, writeClosingPing) // behind the calls that are on their way
    this.#events.onLeaving()
    this.#leaveIfDone()
  }

  /** The server ends the connection, as it knows when all is answered. One that does not is left. */
  #leaveIfDone(): void {
    if (!this.#isLeaving || this.#waiting > 0) return
    this.#patience = setTimeout(() => this.close(), LEAVE_MILLIS)
    this.#patience.unref()
  }

  #settled(): void {
    // A connection that nobody waits for keeps no process alive.
    if (--this.#waiting > 0) return
    this.unref()
    this.#leaveIfDone()
  }

  /** A server that never answers what was given up leaves no room for calls. */
  #retireIfFull(): void {
    if (this.#waiting > 0 || this.#calls.size < this.#limits.maxCallsInFlight) return
    this.destroy(new RpcError("ERR_RPC_CONNECTION", "The server left too many calls unanswered"))
  }

  /** Sends a ping where a server has been silent for a period in which somebody waits, and gives up after one more. */
  #probe(): void {
    const { bytesRead } = this.#connection.socket
    const isSilent = bytesRead === this.#bytesRead && this.#waiting > 0 && this.#server !== undefined
    this.#bytesRead = bytesRead
    // A timer that is late comes before what has arrived: that is read first.
    if (isSilent && this.#isProbing) setImmediate(() => this.#endIfSilent())
    else if (isSilent) this.#connection.send(NOBODY, writePing)
    this.#isProbing = isSilent
  }

  #endIfSilent(): void {
    if (this.#connection.socket.bytesRead !== this.#bytesRead) return
    const message = `The server has been silent for ${this.#limits.pingMillis} ms after a ping`
    this.destroy(new RpcError("ERR_RPC_CONNECTION", message))
  }

  #closed(cause: unknown): void {
    clearInterval(this.#watch)
    clearTimeout(this.#patience)
    const error = cause instanceof RpcError ? cause : this.#connectionError(cause)
    const calls = this.#calls.clear()
    this.#waiting = 0
    for (const call of calls) call.reject(error) // which the given up ones have been already
    this.#events.onClose(error)
  }

  #connectionError(cause: unknown): RpcError {
    const { serverName } = this.#identity
    const reason = cause === undefined ? "the server ended it" : reasonOf(cause)
    const what = this.#server === undefined ? "No connection to" : "The connection broke to"
    return new RpcError("ERR_RPC_CONNECTION", `${what} ${serverName}: ${reason}`, { cause })
  }
}
