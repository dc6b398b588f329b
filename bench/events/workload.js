// @ts-check
// The events of the benchmark: what a service notes of a request, in ten fields, and three kinds beside it.

import { schema } from "@avrolet/avro"
import { createRandom } from "../shared/random.js"

export const definition = /** @type {const} */ ({
  type: "record",
  name: "Served",
  namespace: "bench",
  fields: [
    { name: "method", type: { type: "enum", name: "Method", symbols: ["GET", "POST", "PUT"] } },
    { name: "route", type: "string" },
    { name: "status", type: "int" },
    { name: "millis", type: "double" },
    { name: "bytesIn", type: "long" },
    { name: "bytesOut", type: "long" },
    { name: "user", type: ["null", "string"] },
    { name: "region", type: "string" },
    { name: "cached", type: "boolean" },
    { name: "retries", type: "int" },
  ],
})

export const Served = schema(definition)

/** What the question of the benchmark needs of it. */
export const Route = schema({
  type: "record",
  name: "Served",
  namespace: "bench",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: "double" },
  ],
})

export const SERVICE = "bench"

/** How many events are different. They take several blocks, so that none compresses another. */
const DIFFERENT = 5000

const random = createRandom(7)
const routes = random.list(40, () => `/${random.name(6)}/${random.name(8)}`)

export const values = random.list(DIFFERENT, () => ({
  method: random.pick(/** @type {const} */ (["GET", "GET", "GET", "POST", "PUT"])),
  route: random.pick(routes),
  status: random.pick([200, 200, 200, 204, 302, 404, 500]),
  millis: random.int(10, 100_000) / 100,
  bytesIn: random.int(0, 5000),
  bytesOut: random.int(100, 500_000),
  user: random.chance(0.4) ? null : random.name(10),
  region: random.pick(["eu-west-1", "eu-central-1", "us-east-1"]),
  cached: random.chance(0.5),
  retries: random.chance(0.9) ? 0 : random.int(1, 4),
}))

/** The sum of what is asked for, so that nobody is fast by reading less. @param {number} count */
export function expectedSum(count) {
  let sum = 0
  for (let index = 0; index < count; index++) sum += values[index % DIFFERENT]?.millis ?? 0
  return sum
}
