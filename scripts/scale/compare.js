// @ts-check
// The simulation beside the calls that were measured.

import { carry } from "./model.js"

/** @typedef {import("./model.js").Message} Message */
/** @typedef {import("./model.js").Transport} Transport */

/**
 * @typedef {object} Point
 * @property {Transport} transport
 * @property {Message} message
 * @property {number} lanes
 * @property {number} measured Calls a second.
 * @property {boolean} isScattered Whether its rounds disagreed.
 * @property {number} simulated
 */

/**
 * Calls a second with 1, 16 and 128 in flight: those of the quiet run of 2026-11-23 on two cores, which
 * bench/rpc/README.md shows. To compare with a later one, put its figures here.
 * @type {Record<Transport, Record<Message, readonly [number, number, number]>>}
 */
const measured = {
  http: { echo: [9206, 47005, 48273], order: [9348, 41285, 25235] },
  tcp: { echo: [12710, 137619, 515435], order: [9608, 99474, 161362] },
  nats: { echo: [5615, 39723, 78155], order: [4802, 23764, 58787] },
}

/** Those whose rounds disagreed. */
const scattered = new Set(["http order 128", "tcp echo 128", "tcp order 128", "nats order 128"])

/** @returns {Point[]} */
export function compare() {
  return /** @type {const} */ (["http", "tcp", "nats"]).flatMap((transport) =>
    /** @type {const} */ (["echo", "order"]).flatMap((message) =>
      [1, 16, 128].map((lanes, index) => ({
        transport,
        message,
        lanes,
        measured: measured[transport][message][index] ?? Number.NaN,
        isScattered: scattered.has(`${transport} ${message} ${lanes}`),
        simulated: carry({ transport, message, lanes, clients: 1, machines: 1, cores: 2 }).callsPerSecond,
      })),
    ),
  )
}
