// What happens to a NATS connection, for all who use it. Its status is an iterator that cannot be given up while
// nothing happens; so there is one for each connection, which lasts as long.

import type { NatsConnection } from "@nats-io/nats-core"

/** What is told of a connection. */
export interface ConnectionListener {
  /** It broke, or is closed: what was sent on it may be lost, and so may answers. */
  onDown?(): void
  /** It is closed for good. */
  onClosed?(): void
  /** The broker forbids to publish on this subject. */
  onForbidden?(subject: string): void
}

/** One connection, and who wants to know of it. */
export interface ConnectionWatch {
  /** Whether it is broken: what is published now may be lost. */
  readonly isDown: boolean
  add(listener: ConnectionListener): void
  delete(listener: ConnectionListener): void
}

const watches = new WeakMap<NatsConnection, ConnectionWatch>()

/** The watch of a connection, the same for everybody. */
export function watchConnection(connection: NatsConnection): ConnectionWatch {
  let watch = watches.get(connection)
  if (watch === undefined) {
    watch = startWatch(connection)
    watches.set(connection, watch)
  }
  return watch
}

function startWatch(connection: NatsConnection): ConnectionWatch {
  const listeners = new Set<ConnectionListener>()
  let isDown = connection.info === undefined
  const down = (): void => {
    isDown = true
    for (const listener of listeners) listener.onDown?.()
  }
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === "disconnect") down()
      else if (status.type === "reconnect") isDown = false
      else if (status.type === "error") {
        const subject = forbiddenSubject(status.error)
        if (subject !== undefined) for (const listener of listeners) listener.onForbidden?.(subject)
      }
    }
    down()
    for (const listener of listeners) listener.onClosed?.()
  })()
  // Whether it broke before this only a round trip shows: `info` is there until the client connects again.
  connection.rtt().catch(down)
  return {
    get isDown() {
      return isDown || connection.isClosed()
    },
    add: (listener) => void listeners.add(listener),
    delete: (listener) => void listeners.delete(listener),
  }
}

/** By its shape: the class is another one in each copy of the client. */
function forbiddenSubject(error: Error): string | undefined {
  const { operation, subject } = error as { operation?: unknown; subject?: unknown }
  return operation === "publish" && typeof subject === "string" ? subject : undefined
}
