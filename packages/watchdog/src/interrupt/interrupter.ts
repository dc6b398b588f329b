// The worker thread that ends calls which take too long. It sleeps unless one runs.

import { Session } from "node:inspector/promises"
import { workerData } from "node:worker_threads"
import { nowMillis } from "../heartbeat.ts"
import { awaitOverdueCall, type CallSlot } from "./call-slot.ts"

const slot: CallSlot = workerData
for (;;) {
  awaitOverdueCall(slot, nowMillis)
  await endRunningCall()
}

// The line is open for this one message only: an open one would hold up the end of the process. It stays unanswered
// while the thread is in native code, and is obeyed when that returns.
async function endRunningCall(): Promise<void> {
  const session = new Session()
  session.connectToMainThread()
  const keepAlive = setInterval(() => {}, 1000)
  try {
    await session.post("Runtime.terminateExecution")
  } finally {
    clearInterval(keepAlive)
    session.disconnect()
  }
}
