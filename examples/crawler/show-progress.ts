// How far a crawl is, as a person wants to see it: on a terminal one line that changes, elsewhere one a second.

import type { Progress } from "./crawl.ts"

const LINE_MILLIS = 1000

/** Makes what a crawl tells its progress to. Nothing is printed where nobody looks, in the first second. */
export function progressLine(stream: NodeJS.WriteStream): (progress: Progress) => void {
  let printedAt = performance.now()
  return ({ fetched, waiting, failures }) => {
    const failed = failures.size === 0 ? "" : `, failed: ${failures.size}`
    const line = `pages: ${fetched}, waiting: ${waiting}${failed}`
    if (stream.isTTY) {
      stream.write(`\r\u001b[K${line}`)
    } else if (performance.now() - printedAt >= LINE_MILLIS) {
      printedAt = performance.now()
      stream.write(`${line}\n`)
    }
  }
}

/** Clears the line that changes. */
export function endProgress(stream: NodeJS.WriteStream): void {
  if (stream.isTTY) stream.write("\r\u001b[K")
}
