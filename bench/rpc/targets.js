// @ts-check
// What the transports are built to reach: at least so many times the calls of others.

/** @typedef {import("./workload.js").Message} Message */

/**
 * @typedef {object} Target
 * @property {string} title
 * @property {string} ours
 * @property {string[]} others The fastest of them counts.
 * @property {Partial<Record<Message, Record<number, number>>>} least By message and calls in flight.
 */

/** With a single call in flight: no less than what the same twice differ by. */
const PARITY = 0.95

const many = (/** @type {number} */ at16, /** @type {number} */ at128 = at16) => ({ 16: at16, 128: at128 })
const both = (/** @type {Record<number, number>} */ least) => ({ echo: least, order: least })

/** @type {readonly Target[]} */
export const targets = [
  {
    title: "HTTP: raw HTTP",
    ours: "http",
    others: ["raw-http"],
    least: { echo: { 1: PARITY, ...many(0.95) }, order: { 1: PARITY, ...many(0.85) } },
  },
  { title: "HTTP: fastify, JSON", ours: "http", others: ["fastify"], least: both(many(2)) },
  { title: "HTTP: avsc, HTTP", ours: "http", others: ["avsc-http"], least: both(many(4)) },
  { title: "HTTP: Eventlet", ours: "http", others: ["eventlet"], least: both(many(8)) },
  ...tenfold("HTTP", "http"),
  {
    title: "TCP: raw TCP, each written",
    ours: "tcp",
    others: ["raw-tcp-each"],
    least: both({ 1: PARITY }),
  },
  { title: "TCP: raw TCP", ours: "tcp", others: ["raw-tcp"], least: { echo: many(0.9, 0.8) } },
  {
    title: "TCP: avsc, TCP",
    ours: "tcp",
    others: ["avsc-tcp"],
    least: { echo: many(6, 30), order: many(5) },
  },
  ...tenfold("TCP", "tcp"),
  {
    title: "NATS: `request`, bytes",
    ours: "nats",
    others: ["nats-request"],
    least: { echo: { 1: PARITY, ...many(2, 3) }, order: { 1: PARITY, ...many(PARITY) } },
  },
]

/**
 * An order of magnitude above the frameworks.
 * @param {string} title
 * @param {string} ours
 * @returns {Target[]}
 */
function tenfold(title, ours) {
  return [
    { title: `${title}: grpc-js`, ours, others: ["grpc"], least: both(many(10)) },
    {
      title: `${title}: connect, the faster`,
      ours,
      others: ["connect-h1", "connect-h2"],
      least: both(many(10)),
    },
    { title: `${title}: tRPC`, ours, others: ["trpc"], least: both(many(10)) },
    { title: `${title}: tRPC, batched`, ours, others: ["trpc-batch"], least: both(many(10)) },
  ]
}
