// The calls of one client on a connection that is made when it is needed, and made again when it broke.
//
// A call that finds no connection waits for one try to connect, and fails with it. Between tries lies a
// wait, so nothing hammers a server that is down; and no call waits for longer than one of these and a try.

import type { Protocol } from "@avrolet/avro"
import { createWriter } from "@avrolet/avro/binary"
import type { Cancellation } from "../cancellation.ts"
import { RpcError, reasonOf } from "../errors.ts"
import type { ServerGuess } from "../handshake.ts"
import { createServersSeen, type ProtocolsSeen } from "../protocols-seen.ts"
import type { Exchange, Session } from "../transport.ts"
import { type Backoff, type BackoffOptions, createBackoff } from "./backoff.ts"
import { ClientConnection, type ClientConnectionLimits, type PendingCall } from "./client-connection.ts"
import { dial, nameOf, type TcpTarget } from "./dial.ts"
import { writeRequest } from "./write-request.ts"

/** Where a session connects to, and how. */
export interface SessionSettings {
  readonly target: TcpTarget
  readonly limits: ClientConnectionLimits
  readonly backoff: Required<BackoffOptions>
  readonly connectMillis: number
}

/** The calls of the clients with one protocol. */
export class TcpSession implements Session {
  readonly #settings: SessionSettings
  readonly #protocol: Protocol
  readonly #seen: ProtocolsSeen
  readonly #backoff: Backoff
  #server: ServerGuess
  /** Calls that are written and not sent, in their order. */
  readonly #queue = new Set<PendingCall>()
  #connection: ClientConnection | undefined
  #isReady = false
  /** Connections to servers that close, which still answer calls. */
  readonly #leaving = new Set<ClientConnection>()
  #timer: NodeJS.Timeout | undefined
  #onceEmpty: (() => void) | undefined
  #isClosed = false

  constructor(settings: SessionSettings, protocol: Protocol) {
    this.#settings = settings
    this.#protocol = protocol
    this.#seen = createServersSeen(protocol)
    this.#backoff = createBackoff(settings.backoff)
    this.#server = { hash: protocol.hash, protocol }
  }

  call(exchange: Exchange, cancellation: Cancellation): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw closedError()
      const call: PendingCall = {
        serial: 0,
        exchange,
        resolve,
        reject,
        request: undefined,
        connection: undefined,
        isGivenUp: false,
      }
      if (this.#connection?.hasRoom && this.#queue.size === 0) this.#connection.start(call)
      else this.#enqueue(call)
      cancellation.onCancel((reason) => this.#giveUp(call, reason))
    })
  }

  /** Takes no more calls, and resolves when those under way have ended; after `timeoutMillis` they are made to. */
  async close(timeoutMillis: number): Promise<void> {
    this.#isClosed = true
    const timer = setTimeout(() => this.#break(brokenOffError()), timeoutMillis)
    await new Promise<void>((resolve) => {
      this.#onceEmpty = resolve
      this.#closeIfEmpty()
    })
    clearTimeout(timer)
  }

  #enqueue(call: PendingCall): void {
    const writer = createWriter()
    writeRequest(call.exchange, writer, this.#settings.limits.maxMessageBytes)
    call.request = writer.finish()
    this.#queue.add(call)
    if (this.#isReady) return
    if (this.#connection === undefined) this.#connect()
    else this.#connection.ref()
  }

  #giveUp(call: PendingCall, reason: unknown): void {
    if (call.connection !== undefined) call.connection.giveUp(call, reason)
    else if (this.#queue.delete(call)) {
      call.reject(reason)
      if (!this.#isReady && this.#queue.size === 0) this.#connection?.unref()
    }
    this.#closeIfEmpty()
  }

  #connect(): void {
    const millis = this.#backoff.nextMillis()
    if (millis === 0) this.#dial()
    else this.#timer ??= setTimeout(() => this.#dial(), millis)
  }

  #dial(): void {
    this.#timer = undefined
    if (this.#queue.size === 0) return // they did not wait so long
    const { target, limits, connectMillis } = this.#settings
    const identity = {
      protocol: this.#protocol,
      guess: this.#server,
      seen: this.#seen,
      serverName: nameOf(target),
    }
    try {
      const connection = new ClientConnection(dial(target), identity, limits, {
        onReady: (server) => this.#opened(server),
        onRoom: () => this.#sendQueued(),
        onLeaving: () => this.#leave(connection),
        onClose: (error) => this.#closed(connection, error),
      })
      connection.expectReady(connectMillis)
      this.#connection = connection
    } catch (cause) {
      // The options of TLS are what may be wrong.
      const message = `Cannot connect to ${nameOf(target)}: ${reasonOf(cause)}`
      this.#lost(new RpcError("ERR_RPC_CONNECTION", message, { cause }))
    }
  }

  #opened(server: ServerGuess): void {
    this.#isReady = true
    this.#server = server
    this.#backoff.succeeded()
    this.#sendQueued()
  }

  #sendQueued(): void {
    if (this.#queue.size > 0) {
      for (const call of this.#queue) {
        if (!this.#connection?.hasRoom) break
        this.#queue.delete(call)
        this.#connection.start(call)
      }
    }
    this.#closeIfEmpty()
  }

  #leave(connection: ClientConnection): void {
    this.#leaving.add(connection)
    this.#connection = undefined
    this.#isReady = false
    if (this.#queue.size > 0) this.#connect()
  }

  #closed(connection: ClientConnection, error: RpcError): void {
    if (this.#leaving.delete(connection)) this.#closeIfEmpty()
    else this.#lost(error)
  }

  #lost(error: RpcError): void {
    const wasReady = this.#isReady
    this.#connection = undefined
    this.#isReady = false
    if (!wasReady) {
      this.#backoff.failed()
      this.#rejectQueued(error)
    } else if (this.#queue.size > 0) this.#connect()
    this.#closeIfEmpty()
  }

  #rejectQueued(error: RpcError): void {
    const calls = [...this.#queue]
    this.#queue.clear()
    const { code, message, cause } = error
    const neverSent = new RpcError(code, message, { cause, mayHaveBeenServed: false })
    for (const call of calls) call.reject(neverSent)
  }

  #closeIfEmpty(): void {
    if (this.#onceEmpty === undefined || this.#queue.size > 0) return
    for (const connection of this.#leaving) if (connection.waiting === 0) connection.close()
    if (this.#connection === undefined) {
      clearTimeout(this.#timer)
      if (this.#leaving.size === 0) this.#onceEmpty()
    } else if (!this.#isReady) this.#connection.destroy(closedError())
    else if (this.#connection.waiting === 0) this.#connection.close()
  }

  #break(error: RpcError): void {
    this.#rejectQueued(error)
    for (const connection of this.#leaving) connection.destroy(error)
    if (this.#connection === undefined) this.#closeIfEmpty()
    else this.#connection.destroy(error)
  }
}

/** The error of calls that were under way for too long when their transport was closed. */
export const brokenOffError = (): RpcError => new RpcError("ERR_RPC_CONNECTION", "The transport is closed")

/** The error of calls on a transport that is closed. */
export const closedError = (): RpcError =>
  new RpcError("ERR_RPC_CONNECTION", "The transport is closed", { mayHaveBeenServed: false })
