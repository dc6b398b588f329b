// What a test looks at to see that nothing is kept.

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/**
 * The bytes in use once everything is collected that can be: on V8's heap, and in buffers beside it. A socket
 * that was closed lets go of its own only some turns later, so this looks until it finds no less.
 */
export async function bytesInUse(): Promise<number> {
  let least = collectAndMeasure()
  for (let looks = 0; looks < LOOKS_WITHOUT_LESS; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const now = collectAndMeasure()
    if (now < least - NOISE_BYTES) looks = -1
    least = Math.min(least, now)
  }
  return least
}

const LOOKS_WITHOUT_LESS = 3
const NOISE_BYTES = 50_000

function collectAndMeasure(): number {
  setFlagsFromString("--expose-gc")
  ;(runInNewContext("gc") as () => void)()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
