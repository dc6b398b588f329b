// @ts-check
// The records of the benchmark: what a service notes of a request, some 60 bytes each.

import { createRandom } from "../shared/random.js"

/**
 * @typedef {object} Served
 * @property {number} id
 * @property {string} route
 * @property {number} millis
 * @property {number} at
 * @property {string[]} tags
 * @property {string | null} user
 */

export const schema = /** @type {const} */ ({
  type: "record",
  name: "Served",
  fields: [
    { name: "id", type: "long" },
    { name: "route", type: "string" },
    { name: "millis", type: "double" },
    { name: "at", type: "long" },
    { name: "tags", type: { type: "array", items: "string" } },
    { name: "user", type: ["null", "string"], default: null },
  ],
})

/** How many records are different. They take more than a block, so that none compresses another. */
const DIFFERENT = 5000

const random = createRandom(1)
const different = random.list(DIFFERENT, (id) => ({
  id,
  route: `/${random.name(6)}/${random.name(8)}`,
  millis: random.int(0, 100_000) / 100,
  at: random.millis(),
  tags: random.list(random.int(0, 3), () => random.name(5)),
  user: random.chance(0.3) ? null : random.name(8),
}))

/** @param {number} count @returns {Generator<Served>} */
export function* records(count) {
  for (let index = 0; index < count; index++) yield/** @type {Served} */ (different[index % DIFFERENT])
}
