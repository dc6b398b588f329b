// @ts-check
// What our processes cost over each transport, and who calls whom. The costs are fitted to the run that
// bench/rpc/README.md shows, and compare.js says how well: per message and per turn they are near the CPU measured
// there, waking is what is left with one call in flight.

import { simulate } from "./simulate.js"

/** @typedef {"http" | "tcp" | "nats"} Transport */
/** @typedef {"echo" | "order"} Message */
/** @typedef {import("./simulate.js").Station} Station */

/** @typedef {{ turnMicros: number, wakeMicros: number, messageMicros: Record<Message, number> }} Cost */

/** @type {Record<Transport, { client: Cost, server: Cost }>} */
const costs = {
  http: {
    client: { turnMicros: 0, wakeMicros: 28, messageMicros: { echo: 19, order: 24 } },
    server: { turnMicros: 0, wakeMicros: 28, messageMicros: { echo: 19, order: 23 } },
  },
  tcp: {
    client: { turnMicros: 19, wakeMicros: 10, messageMicros: { echo: 1.6, order: 5.6 } },
    server: { turnMicros: 19, wakeMicros: 10, messageMicros: { echo: 1.6, order: 5.6 } },
  },
  nats: {
    client: { turnMicros: 26, wakeMicros: 10, messageMicros: { echo: 5.6, order: 9.8 } },
    server: { turnMicros: 26, wakeMicros: 10, messageMicros: { echo: 4.6, order: 9.8 } },
  },
}

/** Of the broker, on the way there and on the way back. */
const broker = { turnMicros: 5, wakeMicros: 30, messageMicros: { echo: 0.6, order: 1.2 } }

/** A message with its frame. */
const bytes = { echo: 51, order: 932 }
/** What one read brings, and what TCP's outbox gathers at least before it sends early. */
const READ_BYTES = 64 * 1024
const EARLY_BYTES = 1024

/**
 * @param {Transport} transport
 * @param {Message} message
 */
function turns(transport, message) {
  const maxTurn = Math.ceil(READ_BYTES / bytes[message])
  const minPart = { http: 1, tcp: Math.ceil(EARLY_BYTES / bytes[message]), nats: Number.POSITIVE_INFINITY }
  return { maxTurn, minPart: minPart[transport] }
}

/**
 * @typedef {object} Fleet
 * @property {Transport} transport
 * @property {Message} message
 * @property {number} clients Processes that call, and as many that serve.
 * @property {number} lanes How many calls each client has in flight.
 * @property {number} machines How many machines they are spread over; clients and servers have machines of their own
 *   where there are several.
 * @property {number} cores Of each machine; a broker has one of its own where there are several.
 * @property {number} [wireMicros] Between machines. Default 100.
 */

/**
 * What a fleet carries, in which every client calls every server.
 * @param {Fleet} fleet
 */
export function carry({ transport, message, clients, lanes, machines, cores, wireMicros = 100 }) {
  const { client, server } = costs[transport]
  const shape = turns(transport, message)
  const isSpread = machines > 1
  const half = machines / 2
  /** @type {Station[]} */
  const stations = []
  const add = (/** @type {Cost} */ cost, /** @type {number} */ machine) =>
    stations.push({ ...cost, messageMicros: cost.messageMicros[message], ...shape, machine }) - 1
  const callers = Array.from({ length: clients }, (_, index) => add(client, isSpread ? index % half : 0))
  const servers = Array.from({ length: clients }, (_, index) =>
    add(server, isSpread ? half + (index % half) : 0),
  )
  // A broker reads each connection for itself.
  const ofBroker = isSpread ? machines : 0
  const inwards = transport === "nats" ? callers.map(() => add(broker, ofBroker)) : []
  const outwards = transport === "nats" ? servers.map(() => add(broker, ofBroker)) : []

  const routes = callers.flatMap((caller, index) =>
    Array.from({ length: lanes }, (_, lane) => {
      const chosen = (index + lane) % servers.length
      const way = [caller, inwards[index], servers[chosen], outwards[chosen]]
      return way.filter((station) => station !== undefined)
    }),
  )
  const allCores = Array.from({ length: isSpread ? machines + 1 : 1 }, () => cores)
  const calls = 40_000 // enough for the figures to stand still
  const millis = Math.max(10, Math.min(400, calls / (clients * 50)))
  return simulate({ cores: allCores, stations, routes, wireMicros, millis })
}
