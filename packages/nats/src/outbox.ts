// What is published on a connection in one turn of the event loop, written at once. NATS's client writes at the end
// of a microtask, and the answers to what one read brought come in many: each took a write of its own, which was
// half of the server's time.

import type { MsgHdrs, NatsConnection } from "@nats-io/nats-core"

/** One message to publish. */
interface Outgoing {
  readonly subject: string
  readonly data: Uint8Array
  readonly reply?: string
  readonly headers?: MsgHdrs
  /** Told why NATS's client does not take it: as a rule, because the connection is closed. */
  readonly failed?: (cause: unknown) => void
}

/** The messages of one turn. */
export interface Outbox {
  /** Never throws. */
  publish(message: Outgoing): void
  /** Gives what there is to NATS's client now. */
  flush(): void
}

const outboxes = new WeakMap<NatsConnection, Outbox>()

/** The outbox of a connection, the same for everybody. */
export function outboxOf(connection: NatsConnection): Outbox {
  let outbox = outboxes.get(connection)
  if (outbox === undefined) {
    outbox = createOutbox(connection)
    outboxes.set(connection, outbox)
  }
  return outbox
}

function createOutbox(connection: NatsConnection): Outbox {
  let messages: Outgoing[] = []
  const flush = (): void => {
    const turn = messages
    messages = []
    for (const { subject, data, reply, headers, failed } of turn) {
      try {
        connection.publish(subject, data, optionsOf(reply, headers))
      } catch (cause) {
        failed?.(cause)
      }
    }
  }
  return {
    publish(message) {
      messages.push(message)
      if (messages.length === 1) process.nextTick(flush)
    },
    flush,
  }
}

function optionsOf(reply: string | undefined, headers: MsgHdrs | undefined) {
  if (headers !== undefined) return reply === undefined ? { headers } : { reply, headers }
  return reply === undefined ? undefined : { reply }
}
