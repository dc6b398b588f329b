// Clients of Kafka that do not wait for ever, and do not end the process. This client's first versions have no limit for
// an answer, and later ones keep the connection: one that has died, without a word, they would try again and again. And
// where a broker leads something that is not among those known, they throw where nobody can catch it.

import {
  type Broker,
  type Connection,
  type ConnectionPool,
  connectionsApiChannel,
  instancesChannel,
  NetworkError,
} from "@platformatic/kafka"
import { CLOSE_MILLIS, type ClientSettings } from "./connection.ts"

/** Requests whose answer comes once all members of a group have made theirs: JoinGroup and SyncGroup. */
const OF_GROUPS = new Set([11, 14])
const GROUP_MILLIS = 150_000

const limits = new WeakMap<Connection, number>()
const timers = new WeakMap<object, NodeJS.Timeout>()
let isWatching = false

/**
 * Makes a client. A connection of it is ended when a request is not answered within `requestTimeout`: what is under way
 * on it then fails, and the next request has another connection.
 */
export function answered<Settings extends ClientSettings, Client>(
  make: new (settings: Settings) => Client,
  settings: Settings,
): Client {
  watchRequests()
  const pools: ConnectionPool[] = []
  const onCreated = (created: unknown): void => {
    const { type, instance } = created as { type: string; instance: ConnectionPool }
    if (type === "connection-pool") pools.push(instance)
  }
  instancesChannel.subscribe(onCreated) // a client makes its pools while it is made
  try {
    const client = new make(settings)
    for (const pool of pools) {
      getKnown(pool)
      pool.on("connecting", ({ connection }: { connection: Connection }) => {
        limits.set(connection, settings.requestTimeout)
        connection.once("closing", () => setTimeout(() => connection.socket.destroy(), CLOSE_MILLIS).unref())
        connection.on("error", () => undefined) // whoever waits is told; a second one would end the process
      })
    }
    return client
  } finally {
    instancesChannel.unsubscribe(onCreated)
  }
}

type Get = (broker: Broker | undefined, callback: (error: Error | null, found?: Connection) => void) => void

/** Has a pool refuse a broker that is none. */
function getKnown(pool: ConnectionPool): void {
  const get = pool.get.bind(pool) as Get
  const getIfKnown: Get = (broker, callback) =>
    broker === undefined
      ? callback(new NetworkError("The broker to ask is not known, or not yet"))
      : get(broker, callback)
  pool.get = getIfKnown as ConnectionPool["get"]
}

interface Request {
  readonly connection: Connection
  readonly apiKey: number
}

function watchRequests(): void {
  if (isWatching) return
  isWatching = true
  connectionsApiChannel.start.subscribe((message) => {
    const request = message as Request
    const limit = limits.get(request.connection)
    if (limit === undefined) return // a client that is not ours
    const millis = OF_GROUPS.has(request.apiKey) ? GROUP_MILLIS : limit
    timers.set(request, setTimeout(() => request.connection.socket.destroy(), millis).unref())
  })
  connectionsApiChannel.asyncStart.subscribe((request) => clearTimeout(timers.get(request as Request)))
}
