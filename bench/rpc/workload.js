// @ts-check
// What is called, with what: `echo` of twenty characters and `order` of about 920 bytes. Both answer with
// what they got. There are as many values as calls in flight at most, each another: an answer that reaches
// the wrong caller is a wrong answer.

import { createRandom } from "../shared/random.js"

/** @typedef {"echo" | "order"} Message */

/**
 * @typedef {object} Order
 * @property {number} id
 * @property {string} customer
 * @property {string} status
 * @property {number} placedAt
 * @property {{ street: string, city: string, postcode: string, country: string }} address
 * @property {{ sku: string, name: string, quantity: number, price: number, note: string | null }[]} items
 * @property {number} weight
 * @property {string | null} coupon
 * @property {string | null} comment
 */

export const messages = /** @type {const} */ (["echo", "order"])
export const callsInFlight = /** @type {const} */ ([1, 16, 128])
export const STATUSES = ["NEW", "PAID", "PACKED", "SHIPPED", "RETURNED"]

const COUNT = 128
const random = createRandom(31)

export const queries = random.list(COUNT, () => random.name(20))

/** @type {Order[]} */
export const orders = random.list(COUNT, () => ({
  id: random.int(1e9, 9e12),
  customer: random.name(24),
  status: random.pick(STATUSES),
  placedAt: random.millis(),
  address: {
    street: random.ascii(random.int(16, 26)),
    city: random.name(random.int(6, 14)),
    postcode: random.name(7),
    country: random.pick(["Germany", "France", "Österreich", "Polska"]),
  },
  items: random.list(12, () => ({
    sku: random.name(10),
    name: random.ascii(random.int(22, 34)),
    quantity: random.int(1, 20),
    price: random.int(100, 100_000) / 100,
    note: random.chance(0.5) ? random.ascii(random.int(20, 40)) : null,
  })),
  weight: random.fraction() * 30,
  coupon: random.chance(0.3) ? random.name(12) : null,
  comment: random.chance(0.5) ? random.ascii(random.int(30, 90)) : null,
}))

/** @type {Record<Message, readonly unknown[]>} */
export const values = { echo: queries, order: orders }

const nullableString = ["null", "string"]

/** @param {string} name @param {Record<string, unknown>} fields */
const record = (name, fields) => ({
  type: "record",
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
})

const strings = (/** @type {string[]} */ ...names) =>
  Object.fromEntries(names.map((name) => [name, "string"]))

/** The protocol of everyone here who speaks Avro. */
export const protocol = {
  protocol: "Bench",
  namespace: "bench",
  types: [
    { type: "enum", name: "Status", symbols: STATUSES },
    record("Address", strings("street", "city", "postcode", "country")),
    record("Item", {
      sku: "string",
      name: "string",
      quantity: "int",
      price: "double",
      note: nullableString,
    }),
    record("Order", {
      id: "long",
      customer: "string",
      status: "Status",
      placedAt: "long",
      address: "Address",
      items: { type: "array", items: "Item" },
      weight: "double",
      coupon: nullableString,
      comment: nullableString,
    }),
  ],
  messages: {
    echo: { request: [{ name: "query", type: "string" }], response: "string" },
    order: { request: [{ name: "order", type: "Order" }], response: "Order" },
  },
}
