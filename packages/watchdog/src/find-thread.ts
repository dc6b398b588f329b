// How a monitor gets at the thread it watches.

import type { ThreadIdentity } from "./block.ts"
import { probeExpression } from "./probe.ts"
import { connectToMain, type OwnMainThread, type WatchedThread } from "./watched-thread.ts"
import { connectToWorker } from "./watched-worker.ts"

/** Opens lines to a thread, and knows more of that thread once one was open. */
export interface ThreadFinder {
  connect: () => WatchedThread
  /** Where it is the main thread. */
  readonly connectToMain?: () => OwnMainThread
  identity: () => ThreadIdentity
}

/** Says how to open lines to a thread of this process, or in a sentence why it has none. */
export async function findThread(
  threadId: number,
  probeId: number,
  mayInspect: boolean,
): Promise<ThreadFinder | string> {
  if (!mayInspect) return "Node's permission model forbids the inspector here"
  try {
    const inspector = await import("node:inspector")
    const identity: { threadId: number; threadName?: string } = { threadId }
    const parameters = { expression: probeExpression(probeId), returnByValue: true, silent: true }
    const learnName = (threadName: string): void => {
      identity.threadName = threadName
    }
    const toMain = (): OwnMainThread => connectToMain(new inspector.Session(), parameters)
    if (threadId === 0) return { connect: toMain, connectToMain: toMain, identity: () => identity }
    return {
      connect: () => connectToWorker(() => new inspector.Session(), parameters, threadId, learnName),
      identity: () => identity,
    }
  } catch {
    return "this Node was built without the inspector"
  }
}
