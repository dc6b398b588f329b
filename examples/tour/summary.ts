// What the tour has recorded of itself: which calls it served, how long they took, and what blocked its event loop.
//
//   node examples/dist/tour/summary.js <directory>

import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import { aggregate, type Moment } from "@avrolet/events"
import { CallServed, LoopBlocked } from "@avrolet/events/builtin"
import { fileSource } from "@avrolet/events/file"

/** Lines of text: one for each message that was served, and for each cause of blocks. */
export async function summarise(directory: string, since: Moment = 0n): Promise<string[]> {
  const source = fileSource(directory)
  const served = await aggregate(source, CallServed, {
    since,
    by: ({ value }) => `${value.protocol}.${value.message}`,
    measures: { millis: ({ value }) => value.millis },
  })
  const blocked = await aggregate(source, LoopBlocked, {
    since,
    by: ({ value }) => `blocked: ${value.cause}`,
    measures: { millis: ({ value }) => value.millis },
  })
  return [...served.groups, ...blocked.groups].map(({ by, count, measures: { millis } }) => {
    const times = `${count} time${count === 1 ? "" : "s"}`
    return `${by.padEnd(24)} ${times.padStart(9)}, ${millis.percentile(50).toFixed(1).padStart(7)} ms at the median`
  })
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const line of await summarise(argv[2] ?? "events")) console.log(line)
}
