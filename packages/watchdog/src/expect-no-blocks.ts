// For tests: fails with the stack of what blocks the event loop. It throws, so any test runner will do.

import { clearInterval, setInterval } from "node:timers" // not the global ones, which tests replace
import type { Block } from "./block.ts"
import { WatchdogError } from "./errors.ts"
import { sentenceOn } from "./publish-block.ts"
import { watchEventLoop } from "./watch-event-loop.ts"

/** Options of `expectNoBlocks`. */
export interface ExpectNoBlocksOptions {
  /** How late the event loop may be. What takes hardly longer may pass. Default 50. */
  readonly thresholdMillis?: number
}

const KEEP_ALIVE_MILLIS = 1000

/**
 * Runs `action`, and gives its result if nothing has blocked the event loop meanwhile.
 *
 * Time in which the machine gave the process no processor, or had it suspended, does not count.
 *
 * @throws {WatchdogError} `ERR_WATCHDOG_BLOCKED`: it was blocked; `stack` is that of the longest block, and `cause` is
 *   that `Block`. What `action` throws comes first.
 * @throws {WatchdogError} `ERR_WATCHDOG_THRESHOLD`: the threshold is not a number in its range.
 */
export async function expectNoBlocks<T>(
  action: () => T | Promise<T>,
  options: ExpectNoBlocksOptions = {},
): Promise<T> {
  const blocks: Block[] = []
  const watchdog = watchEventLoop({ ...options, print: false, onBlock: (block) => blocks.push(block) })
  const keepAlive = setInterval(() => {}, KEEP_ALIVE_MILLIS) // the watchdog does not
  let result: T
  try {
    await watchdog.ready
    clearInterval(keepAlive)
    result = await action()
  } finally {
    watchdog.close()
  }
  const blamed = blocks.filter(({ cause }) => cause !== "starved").toSorted((a, b) => b.millis - a.millis)
  const [longest] = blamed
  if (longest !== undefined) throw blocked(longest, blamed.length)
  return result
}

function blocked(block: Block, count: number): WatchdogError {
  const others = count > 1 ? `; it was the longest of ${count} blocks` : ""
  const error = new WatchdogError("ERR_WATCHDOG_BLOCKED", `${sentenceOn(block)}${others}`, { cause: block })
  if (block.stack !== "") error.stack = `${error.name}: ${error.message}\n${block.stack}`
  return error
}
