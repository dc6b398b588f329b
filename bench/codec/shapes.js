// @ts-check
// What the lists of schemas are written with.

import { createRandom } from "../shared/random.js"

/** @typedef {import("../shared/random.js").Random} Random */

/**
 * @param {number} count
 * @param {number} seed
 * @param {(random: Random) => unknown} make
 * @returns {() => unknown[]}
 */
export const values = (count, seed, make) => () => {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => make(random))
}

/**
 * A record schema from `[name, type, default?]` rows.
 * @param {string} name
 * @param {[name: string, type: unknown, ...initial: unknown[]][]} fields
 */
export const record = (name, fields) => ({
  type: "record",
  name,
  fields: fields.map(([field, type, ...initial]) =>
    initial.length === 0 ? { name: field, type } : { name: field, type, default: initial[0] },
  ),
})

/** @param {string} name @param {string[]} symbols */
export const enumeration = (name, symbols) => ({ type: "enum", name, symbols })

/** @param {unknown} type */
export const nullable = (type) => ["null", type]

/** @param {unknown} items */
export const array = (items) => ({ type: "array", items })

/**
 * Two fields of one type.
 * @param {string} first
 * @param {string} second
 * @param {string} type
 * @returns {[string, string][]}
 */
export function both(first, second, type) {
  return [
    [first, type],
    [second, type],
  ]
}

export const CURRENCIES = ["DOLLAR", "EURO"]
