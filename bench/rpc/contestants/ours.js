// @ts-check
// Ours, over HTTP and over TCP. Every call has a deadline; every handler has its context; the diagnostics
// channels are there, and nobody is subscribed.

import { createServer } from "node:http"
import { moduleOf } from "../builds.js"
import { fail } from "../contestants.js"
import { orders, protocol, queries } from "../workload.js"
import { HOST, KEEP_ALIVE, listen } from "./listen.js"

/** @typedef {import("../contestants.js").Setting} Setting */

const OPTIONS = { timeoutMillis: 10_000 }

/** @type {Record<string, import("@avrolet/rpc/http").HttpTransportOptions>} */
const HTTP_OPTIONS = { "http-pipelined": { maxConnections: 8, pipelining: 16 } }

/** @param {Setting} setting */
export async function serve({ builds, variant }) {
  const service = await serviceOf(builds)
  if (variant?.startsWith("tcp")) {
    const { serveTcp } = await importTcp(builds)
    const { port } = await serveTcp(service, { port: 0, host: HOST })
    return { port: /** @type {number} */ (port) }
  }
  const { httpHandler } = await importHttp(builds)
  return listen(createServer(KEEP_ALIVE, httpHandler(service)))
}

/** @param {string} builds */
export async function serviceOf(builds) {
  const { parseProtocol } = await importAvro(builds)
  const { implement } = await importRpc(builds)
  return implement(/** @type {any} */ (parseProtocol(protocol)), {
    echo: (/** @type {any} */ { query }) => query,
    order: (/** @type {any} */ { order }) => order,
  })
}

/** @param {number} port @param {Setting} setting */
export async function connect(port, { builds, variant }) {
  if (variant?.startsWith("tcp")) return connectOverTcp(port, variant, builds)
  const { httpTransport } = await importHttp(builds)
  return callThrough(httpTransport(`http://${HOST}:${port}`, HTTP_OPTIONS[variant ?? ""]), builds)
}

/** @param {number} port @param {string} variant @param {string} builds */
async function connectOverTcp(port, variant, builds) {
  const { tcpTransport } = await importTcp(builds)
  const transport = tcpTransport({ host: HOST, port })
  if (variant === "tcp") return callThrough(transport, builds)
  const { balancedTransport, retries } = await importResilience(builds)
  // Over one connection, to have the cost of the balancing and not the gain of another connection.
  if (variant === "tcp-balanced") return callThrough(balancedTransport([transport]), builds)
  const { parseProtocol } = await importAvro(builds)
  const again = retries(/** @type {any} */ (parseProtocol(protocol)), { safe: ["echo", "order"] })
  return callThrough(transport, builds, [again])
}

/**
 * @param {import("@avrolet/rpc").Transport} transport
 * @param {string} builds
 * @param {import("@avrolet/rpc").Interceptor[]} [interceptors]
 * @returns {Promise<import("../contestants.js").Caller>}
 */
export async function callThrough(transport, builds, interceptors = []) {
  const { parseProtocol } = await importAvro(builds)
  const { createClient } = await importRpc(builds)
  /** @type {any} */
  const client = createClient(parseProtocol(protocol), transport, { interceptors })
  return {
    calls: {
      echo(index, done) {
        client.echo({ query: queries[index % queries.length] }, OPTIONS).then(done, fail)
      },
      order(index, done) {
        client.order({ order: orders[index % orders.length] }, OPTIONS).then(done, fail)
      },
    },
    answers: { echo: queries, order: orders },
  }
}

/** @param {string} builds @returns {Promise<typeof import("@avrolet/avro")>} */
const importAvro = (builds) => import(moduleOf(builds, "avro/dist/index.js"))

/** @param {string} builds @returns {Promise<typeof import("@avrolet/rpc")>} */
const importRpc = (builds) => import(moduleOf(builds, "rpc/dist/index.js"))

/** @param {string} builds @returns {Promise<typeof import("@avrolet/rpc/http")>} */
export const importHttp = (builds) => import(moduleOf(builds, "rpc/dist/http/index.js"))

/** @param {string} builds @returns {Promise<typeof import("@avrolet/rpc/tcp")>} */
const importTcp = (builds) => import(moduleOf(builds, "rpc/dist/tcp/index.js"))

/** @param {string} builds @returns {Promise<typeof import("@avrolet/rpc/resilience")>} */
const importResilience = (builds) => import(moduleOf(builds, "rpc/dist/resilience/index.js"))
