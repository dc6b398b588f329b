// @ts-check
// What is encoded and decoded: schemas with seeded values, and the same messages for protobuf.

import { tuned } from "./tuned.js"
import { untuned } from "./untuned.js"

/**
 * @typedef {object} Sample
 * @property {string} name
 * @property {boolean} tuned
 * @property {object} schema
 * @property {object} [writer] The schema of the bytes, where `schema` is only the reader's.
 * @property {string} [proto] The same in protobuf: the messages that `M` needs, and `M`.
 * @property {(value: any) => any} [toProto] The value as protobufjs takes it, where that is not the value.
 * @property {boolean} [manyKeys] Whether its maps have more keys than a codec could ever learn.
 * @property {number} [retained] How many results a process keeps in the measurement of memory.
 * @property {() => unknown[]} values
 */

/** @type {readonly Sample[]} */
export const samples = [
  ...tuned.map((sample) => ({ ...sample, tuned: true })),
  ...untuned.map((sample) => ({ ...sample, tuned: false })),
]

/** @param {string} name */
export function sampleOf(name) {
  const sample = samples.find((one) => one.name === name)
  if (sample === undefined) {
    throw new Error(`no schema "${name}"; there are: ${samples.map((one) => one.name).join(", ")}`)
  }
  return sample
}
