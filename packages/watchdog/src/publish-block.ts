// What is done on the watched thread with a block once it is over: counted, published, handed to the program, and
// by the policy "warn" made a warning of the process.

import { channel } from "node:diagnostics_channel"
import { inspect } from "node:util"
import { threadId } from "node:worker_threads"
import { createAdmission } from "./admission.ts"
import { type Block, isOwn, type ThreadIdentity } from "./block.ts"
import { harmless } from "./complain.ts"
import { WatchdogError } from "./errors.ts"
import { placeOf } from "./format-stack.ts"
import { createFormatter } from "./formatter.ts"
import { nowMillis } from "./heartbeat.ts"
import { createPlaceList } from "./places.ts"
import type { ReportStyle } from "./report-style.ts"
import { writeToStderr } from "./write-to-stderr.ts"

/** What becomes of blocks: `"report"` prints them while they go on, `"warn"` makes each a warning of the process. */
export type Policy = "report" | "warn"

export interface Publisher {
  publish: (block: Block) => void
  /** Writes a table of what was published on standard error, if a place has blocked more than once. */
  printSummary: () => void
}

const BLOCK_CHANNEL = "avrolet:watchdog.block"

export function createPublisher(
  policy: Policy,
  onBlock: ((block: Block) => void) | undefined,
  style: ReportStyle,
): Publisher {
  const places = createPlaceList()
  let watched: ThreadIdentity = { threadId }
  const admit = createAdmission(nowMillis)
  const tell = harmless("onBlock", onBlock, style)
  return {
    publish: (block) => {
      places.add(block)
      watched = { threadId, ...(block.threadName !== undefined && { threadName: block.threadName }) }
      if (policy === "warn" && block.cause !== "starved" && admit(block) === "yes") warn(block)
      channel(BLOCK_CHANNEL).publish(block)
      tell(block)
    },
    printSummary: () => {
      const all = places.all()
      if (all.some(({ times }) => times > 1)) writeToStderr(createFormatter(style, watched).summary(all))
    },
  }
}

/** A sentence about a block: how long, why, where. */
export function sentenceOn({ millis, frames, cause, call }: Block): string {
  const frame = frames.find((each) => isOwn(each) && !each.async)
  const place = frame === undefined ? (call ?? "an unknown place") : `${frame.name} (${placeOf(frame)})`
  return `The event loop was blocked for ${millis} ms (${cause}), in ${place}`
}

/** @throws {WatchdogError} `ERR_WATCHDOG_OPTION` */
export function checkPolicy(policy: unknown): void {
  if (policy === "report" || policy === "warn") return
  throw new WatchdogError("ERR_WATCHDOG_OPTION", `policy is ${inspect(policy)}; give "report" or "warn"`)
}

// Node prints the message once; the stack, that of the block, with --trace-warnings.
function warn(block: Block): void {
  const warning = new Error(sentenceOn(block), { cause: block })
  warning.name = "BlockWarning"
  warning.stack = `${warning.name}: ${warning.message}\n${block.stack}`
  process.emitWarning(warning)
}
