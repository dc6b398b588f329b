// @ts-check
// Ours, over HTTP and over TCP. Every call has a deadline; every handler has its context; the diagnostics
// channels are there, and nobody is subscribed. A second word of the variant says what there is besides.

import { createServer } from "node:http"
import { moduleOf } from "../builds.js"
import { fail } from "../contestants.js"
import { orders, protocol, queries } from "../workload.js"
import { HOST, KEEP_ALIVE, listen } from "./listen.js"
import { watch } from "./watched.js"

/** @typedef {import("../contestants.js").Setting} Setting */

const OPTIONS = { timeoutMillis: 10_000 }

/** @type {Record<string, import("@avrolet/rpc/http").HttpTransportOptions>} */
const HTTP_OPTIONS = { "http-pipelined": { maxConnections: 8, pipelining: 16 } }

/** @param {Setting} setting */
export async function serve({ builds, variant }) {
  const [over, extra] = variant?.split(" ") ?? []
  const service = await serviceOf(builds, await watch("server", extra, builds))
  if (over === "tcp") {
    const { serveTcp } = await importTcp(builds)
    const { port } = await serveTcp(service, { port: 0, host: HOST })
    return { port: /** @type {number} */ (port) }
  }
  const { httpHandler } = await importHttp(builds)
  return listen(createServer(KEEP_ALIVE, httpHandler(service)))
}

/** @param {string} builds @param {import("@avrolet/rpc").Interceptor[]} [interceptors] */
export async function serviceOf(builds, interceptors = []) {
  const { parseProtocol } = await importAvro(builds)
  const { implement } = await importRpc(builds)
  const handlers = {
    echo: (/** @type {any} */ { query }) => query,
    order: (/** @type {any} */ { order }) => order,
  }
  return implement(/** @type {any} */ (parseProtocol(protocol)), handlers, { interceptors })
}

/** @param {number} port @param {Setting} setting */
export async function connect(port, { builds, variant }) {
  const [over = "", extra] = variant?.split(" ") ?? []
  const transport =
    over === "tcp"
      ? (await importTcp(builds)).tcpTransport({ host: HOST, port })
      : (await importHttp(builds)).httpTransport(`http://${HOST}:${port}`, HTTP_OPTIONS[over])
  if (extra === "retries") return callThrough(transport, builds, [await again(builds)])
  // Over one connection, to have the cost of the balancing and not the gain of another connection.
  if (extra === "balanced")
    return callThrough((await importResilience(builds)).balancedTransport([transport]), builds)
  return callThrough(transport, builds, await watch("client", extra, builds))
}

/** @param {string} builds */
async function again(builds) {
  const { parseProtocol } = await importAvro(builds)
  const { retries } = await importResilience(builds)
  return retries(/** @type {any} */ (parseProtocol(protocol)), { safe: ["echo", "order"] })
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
