// What is published on a connection in one turn of the event loop, written at once. NATS's client writes at the end
// of a microtask, and the answers to what one read brought come in many: each took a write of its own, which was
// half of the server's time.
//
// NATS's client keeps what a slow broker does not take, without a bound. So a ping goes with each mebibyte, and
// until it is answered what was published before it counts as kept.

import type { MsgHdrs, NatsConnection } from "@nats-io/nats-core"

const PING_BYTES = 1024 * 1024
const MAX_KEPT_BYTES = 16 * PING_BYTES
/** About what is around the data of a message. */
const ENVELOPE_BYTES = 100

/** One message to publish. */
interface Outgoing {
  readonly subject: string
  readonly data: Uint8Array
  readonly reply?: string
  readonly headers?: MsgHdrs
  /** Told why NATS's client does not take it: as a rule, because the connection is closed. */
  readonly failed?: (cause: unknown) => void
}

/** The outbox of a connection, the same for everybody. */
export function outboxOf(connection: NatsConnection): Outbox {
  let outbox = outboxes.get(connection)
  if (outbox === undefined) {
    outbox = new Outbox(connection)
    outboxes.set(connection, outbox)
  }
  return outbox
}

const outboxes = new WeakMap<NatsConnection, Outbox>()

/** The messages of one turn, and how much of the former ones the broker has not taken. */
export class Outbox {
  readonly #connection: NatsConnection
  readonly #waitingForRoom = new Set<() => void>()
  #messages: Outgoing[] = []
  #keptBytes = 0
  #isPinging = false

  constructor(connection: NatsConnection) {
    this.#connection = connection
  }

  /** Whether whoever can wait should. */
  get isFull(): boolean {
    return this.#keptBytes > MAX_KEPT_BYTES
  }

  /** Calls back once, when it is full no more. */
  onceRoom(listener: () => void): void {
    this.#waitingForRoom.add(listener)
  }

  /** Never throws. */
  publish(message: Outgoing): void {
    this.#messages.push(message)
    this.#keptBytes += message.data.length + ENVELOPE_BYTES
    if (this.#messages.length === 1) process.nextTick(() => this.flush())
  }

  /** Gives what there is to NATS's client now. */
  flush(): void {
    const messages = this.#messages
    this.#messages = []
    for (const { subject, data, reply, headers, failed } of messages) {
      try {
        this.#connection.publish(subject, data, optionsOf(reply, headers))
      } catch (cause) {
        failed?.(cause)
      }
    }
    if (this.#keptBytes > PING_BYTES && !this.#isPinging) void this.#ping()
  }

  /** When the connection breaks the ping fails, and what was kept is dropped. */
  async #ping(): Promise<void> {
    this.#isPinging = true
    const sentBefore = this.#keptBytes
    await this.#connection.flush().catch(() => {})
    this.#isPinging = false
    this.#keptBytes -= sentBefore
    if (this.isFull) return this.flush()
    const waiting = [...this.#waitingForRoom]
    this.#waitingForRoom.clear()
    for (const listener of waiting) listener()
  }
}

function optionsOf(reply: string | undefined, headers: MsgHdrs | undefined) {
  if (headers !== undefined) return reply === undefined ? { headers } : { reply, headers }
  return reply === undefined ? undefined : { reply }
}
