// @ts-check
// What most would write: fastify with JSON schemas for what it takes and gives, called with undici.

import { fastify } from "fastify"
import { Pool } from "undici"
import { fail } from "../contestants.js"
import { orders, queries, STATUSES } from "../workload.js"
import { CONNECTIONS, HOST, KEEP_ALIVE } from "./listen.js"

const string = { type: "string" }
const number = { type: "number" }
const integer = { type: "integer" }
const nullableString = { type: ["string", "null"] }

/** @param {Record<string, object>} properties */
const object = (properties) => ({ type: "object", required: Object.keys(properties), properties })

const Echo = object({ query: string })
const Order = object({
  id: integer,
  customer: string,
  status: { enum: STATUSES },
  placedAt: integer,
  address: object({ street: string, city: string, postcode: string, country: string }),
  items: {
    type: "array",
    items: object({ sku: string, name: string, quantity: integer, price: number, note: nullableString }),
  },
  weight: number,
  coupon: nullableString,
  comment: nullableString,
})

export async function serve() {
  const server = fastify(KEEP_ALIVE)
  for (const [path, schema] of Object.entries({ "/echo": Echo, "/order": Order })) {
    server.post(path, { schema: { body: schema, response: { 200: schema } } }, async ({ body }) => body)
  }
  await server.listen({ port: 0, host: HOST })
  return { port: /** @type {import("node:net").AddressInfo} */ (server.server.address()).port }
}

/** @param {number} port @returns {Promise<import("../contestants.js").Caller>} */
export async function connect(port) {
  const pool = new Pool(`http://${HOST}:${port}`, { connections: CONNECTIONS })
  const headers = { "content-type": "application/json" }
  async function post(/** @type {string} */ path, /** @type {unknown} */ value) {
    const { statusCode, body } = await pool.request({
      path,
      method: "POST",
      headers,
      body: JSON.stringify(value),
    })
    if (statusCode !== 200) throw new Error(`fastify answered ${statusCode}: ${await body.text()}`)
    return body.json()
  }
  return {
    calls: {
      echo: (index, done) => void post("/echo", { query: queries[index % queries.length] }).then(done, fail),
      order: (index, done) => void post("/order", orders[index % orders.length]).then(done, fail),
    },
    answers: { echo: queries.map((query) => ({ query })), order: orders },
  }
}
