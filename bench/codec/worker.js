// @ts-check
// A process that times samples with every codec: all samples ("mixed") or one ("solo"). Started by
// run.js with a task in JSON; answers with rows in JSON on standard output.

import { loopOf, measure, warmUp } from "./measure.js"
import { loadPeer, peerNames } from "./peers.js"
import { sampleOf } from "./schemas.js"
import { verify } from "./verify.js"

/** @typedef {import("./peers.js").Codec} Codec */

/**
 * @typedef {object} Task
 * @property {string[]} samples
 * @property {string} builds
 * @property {import("./measure.js").Effort} effort
 */

/**
 * @typedef {object} Row
 * @property {string} sample
 * @property {"encode" | "decode"} direction
 * @property {Record<string, number[]>} times By codec, nanoseconds an operation in each round.
 * @property {Record<string, number>} sizes By codec, bytes of a value on average.
 */

/** @type {Task} */
const task = JSON.parse(process.argv[2] ?? "")
const { builds, effort } = task

const peers = await Promise.all(peerNames.map(async (name) => ({ name, load: await loadPeer(name, builds) })))
const jobs = task.samples.map(jobsOf).flat()

// Everything runs before anything is timed, in several turns: code that all samples share has then seen
// all of them, as it has in a service that has been up for a while.
for (let turn = 0; turn < 3; turn++) {
  for (const { loops } of jobs) for (const loop of loops.values()) warmUp(loop, effort.warmMillis / 3)
}

for (const { sample, direction, inputs, loops, sizes } of jobs) {
  console.error(`  ${sample}, ${direction}`)
  const times = measure(loops, inputs, effort)
  console.log(JSON.stringify({ sample, direction, times, sizes }))
}

/** @param {string} name */
function jobsOf(name) {
  const sample = sampleOf(name)
  /** @type {Map<string, Codec>} */
  const codecs = new Map()
  for (const peer of peers) {
    const codec = peer.load(sample)
    if (codec !== undefined) codecs.set(peer.name, codec)
  }
  verify(sample, codecs)
  const sizes = Object.fromEntries([...codecs].map(([peer, { encoded }]) => [peer, averageLength(encoded)]))
  const inputs = sample.values().length
  const encode = new Map()
  const decode = new Map()
  for (const [peer, codec] of codecs) {
    if (codec.encode !== undefined) encode.set(peer, loopOf(codec.encode, codec.inputs))
    if (codec.encodeInto !== undefined) encode.set(`${peer} into`, loopOf(codec.encodeInto, codec.inputs))
    decode.set(peer, loopOf(codec.decode, codec.encoded))
  }
  return [
    { sample: name, direction: "encode", inputs, loops: encode, sizes },
    { sample: name, direction: "decode", inputs, loops: decode, sizes },
  ].filter(({ loops }) => loops.size > 0)
}

/** @param {Uint8Array[]} encoded */
function averageLength(encoded) {
  return Math.round(encoded.reduce((sum, { length }) => sum + length, 0) / encoded.length)
}
