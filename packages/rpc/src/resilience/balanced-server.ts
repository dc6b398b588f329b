// One of the servers that share the calls of a balanced transport.

import type { Protocol } from "@avrolet/avro"
import type { Cancellation } from "../cancellation.ts"
import { createStatelessSession } from "../request.ts"
import type { Exchange, Session, Transport } from "../transport.ts"
import { type HealthSettings, ServerHealth } from "./server-health.ts"

/** What is known of one of the servers. */
export interface ServerStatus {
  /** Its address; of one in a list where its transport leads, or else its place. */
  readonly name: string
  /** Calls sent to it so far, and under way. */
  readonly calls: number
  readonly callsInFlight: number
  /** Calls within `windowMillis` that say something of it, and how many of them failed. */
  readonly recentCalls: number
  readonly recentFailures: number
  /** Whether it gets no calls, because those before failed. */
  readonly isEjected: boolean
  /** Its part of what another server gets: less than 1 for a while after it came back, 0 while it is ejected. */
  readonly share: number
}

/** A server with its transport. */
export class BalancedServer {
  readonly name: string
  readonly transport: Transport
  readonly health: ServerHealth
  calls = 0
  callsInFlight = 0
  /** What it has saved of its turns while its share is less than a whole. */
  credit = 0
  /** What each client learns of this server's protocol is kept for this server: the others may have another version. */
  readonly #sessions = new WeakMap<Protocol, Session>()
  #isRemoved = false

  constructor(name: string, transport: Transport, settings: HealthSettings) {
    this.name = name
    this.transport = transport
    this.health = new ServerHealth(settings)
  }

  /** Makes a call of a client with this protocol. */
  call(client: Protocol, exchange: Exchange, cancellation: Cancellation): Promise<unknown> {
    exchange.sentTo(this.name)
    return this.#sessionOf(client).call(exchange, cancellation)
  }

  callBegins(): void {
    this.calls++
    this.callsInFlight++
  }

  callEnds(): void {
    this.callsInFlight--
    this.#closeIfDone()
  }

  /** Closes the transport when the calls under way have ended, however long that takes. */
  remove(): void {
    this.#isRemoved = true
    this.#closeIfDone()
  }

  status(now: number): ServerStatus {
    const { name, calls, callsInFlight, health } = this
    const { calls: recentCalls, failures: recentFailures } = health.latest(now)
    const recent = { recentCalls, recentFailures }
    return { name, calls, callsInFlight, ...recent, isEjected: health.isOut, share: health.share(now) }
  }

  #sessionOf(client: Protocol): Session {
    let session = this.#sessions.get(client)
    if (session === undefined) {
      session = this.transport.openSession?.(client) ?? createStatelessSession(client, this.transport)
      this.#sessions.set(client, session)
    }
    return session
  }

  #closeIfDone(): void {
    if (this.#isRemoved && this.callsInFlight === 0) void this.transport.close()
  }
}
