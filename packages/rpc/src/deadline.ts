// The caller's two ways to stop waiting: a time limit and a signal.

import { type Cancellation, type CancellationSource, createCancellation } from "./cancellation.ts"
import { RpcError } from "./errors.ts"

interface Deadline {
  readonly timeoutMillis?: number
  readonly signal?: AbortSignal
}

const MAX_TIMER_MILLIS = 2 ** 31 - 1

/**
 * Runs `work` until it settles, the time is over (`ERR_RPC_TIMEOUT`) or the signal aborts (its reason,
 * untouched), whichever comes first. Throws a `TypeError` for a time that is none.
 */
export async function withDeadline<T>(
  { timeoutMillis, signal }: Deadline,
  work: (cancellation: Cancellation) => Promise<T>,
): Promise<T> {
  if (timeoutMillis !== undefined && !(timeoutMillis > 0 && timeoutMillis <= MAX_TIMER_MILLIS)) {
    throw new TypeError(
      `timeoutMillis must be more than 0 and at most ${MAX_TIMER_MILLIS}, got ${timeoutMillis}`,
    )
  }
  signal?.throwIfAborted()
  const cancellation = createCancellation()
  if (timeoutMillis === undefined && signal === undefined) return work(cancellation)

  const stopWaiting = watch(cancellation, timeoutMillis, signal)
  try {
    return await new Promise<T>((resolve, reject) => {
      cancellation.onCancel(reject)
      work(cancellation).then(resolve, reject)
    })
  } finally {
    stopWaiting()
  }
}

/** Cancels when the time is over or the signal aborts, until the function it returns is called. */
function watch(
  cancellation: CancellationSource,
  timeoutMillis: number | undefined,
  signal: AbortSignal | undefined,
): () => void {
  const timer =
    timeoutMillis === undefined
      ? undefined
      : setTimeout(() => {
          cancellation.cancel(new RpcError("ERR_RPC_TIMEOUT", `No response within ${timeoutMillis} ms`))
        }, timeoutMillis)
  const onAbort = (): void => cancellation.cancel(signal?.reason)
  signal?.addEventListener("abort", onAbort, { once: true })
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener("abort", onAbort)
  }
}
