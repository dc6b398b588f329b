// node --import @avrolet/watchdog/register app.js
//
// Watches the program from its first line on, with no change to its code. The environment says how:
//
//   AVROLET_THRESHOLD_MILLIS      how late the loop may be
//   AVROLET_GUARD_SYNC_CALLS=1    guards synchronous calls
//   AVROLET_READ_NATIVE_STACKS=1  reads stacks under native calls out of memory
//   AVROLET_HTTP_REQUESTS=1       names the HTTP request being served
//   AVROLET_POLICY=warn           makes warnings of blocks
//   AVROLET_PRINT                 "pretty" or "json"
//   AVROLET_WATCH_WORKERS=1       watches worker threads, too; they inherit --import. Most are there to be blocked.

import { isMainThread } from "node:worker_threads"
import { complain } from "./complain.ts"
import { isThreshold, THRESHOLD_RANGE } from "./threshold.ts"
import { watchEventLoop } from "./watch-event-loop.ts"

const VARIABLE = "AVROLET_THRESHOLD_MILLIS"

if (isMainThread || process.env["AVROLET_WATCH_WORKERS"] === "1") {
  const thresholdMillis = readThreshold()
  const guardSyncCalls = process.env["AVROLET_GUARD_SYNC_CALLS"] === "1"
  const readNativeStacks = process.env["AVROLET_READ_NATIVE_STACKS"] === "1"
  const httpRequests = process.env["AVROLET_HTTP_REQUESTS"] === "1"
  const policy = process.env["AVROLET_POLICY"] === "warn" ? "warn" : "report"
  watchEventLoop({
    guardSyncCalls,
    readNativeStacks,
    httpRequests,
    policy,
    ...(thresholdMillis !== undefined && { thresholdMillis }),
  })
}

function readThreshold(): number | undefined {
  const text = process.env[VARIABLE]?.trim()
  if (!text) return undefined
  const millis = Number(text)
  if (isThreshold(millis)) return millis
  complain(`${VARIABLE} is ${JSON.stringify(text)}; give ${THRESHOLD_RANGE}. Using the default`)
  return undefined
}
