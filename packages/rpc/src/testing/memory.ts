// What a test looks at to see that nothing is kept.

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** The bytes in use once everything is collected that can be: on V8's heap, and in buffers beside it. */
export function bytesInUse(): number {
  setFlagsFromString("--expose-gc")
  ;(runInNewContext("gc") as () => void)()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
