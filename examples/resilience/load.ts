// Calls that come when they come, whether those before were answered or not; as users do. What a call took is from
// when it was due: a client that falls behind makes its calls late, and is not excused for it.

import { RpcError } from "@avrolet/rpc"

const CALLS_PER_SECOND = 500
const TICK_MILLIS = 2

/** What came of the calls. */
export interface Outcomes {
  readonly millis: readonly number[]
  readonly failures: ReadonlyMap<string, number>
  /** Answers that were not those to their calls. */
  readonly wrong: number
}

/** Makes calls for a while, and resolves when the last has ended. */
export async function callForAWhile(
  echo: (parameters: { query: string }) => Promise<string>,
  millis: number,
): Promise<Outcomes> {
  const took: number[] = []
  const failures = new Map<string, number>()
  let wrong = 0
  const call = async (query: string, dueAt: number): Promise<void> => {
    try {
      if ((await echo({ query })) !== query) wrong++
      took.push(performance.now() - dueAt)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      failures.set(error.code, (failures.get(error.code) ?? 0) + 1)
    }
  }

  const calls: Promise<void>[] = []
  const startedAt = performance.now()
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = Math.min(millis, performance.now() - startedAt)
      while (calls.length < (elapsed * CALLS_PER_SECOND) / 1000) {
        const dueAt = startedAt + (calls.length * 1000) / CALLS_PER_SECOND
        calls.push(call(`call ${calls.length}`, dueAt))
      }
      if (elapsed < millis) return
      clearInterval(timer)
      resolve()
    }, TICK_MILLIS)
  })
  await Promise.all(calls)
  return { millis: took.toSorted((a, b) => a - b), failures, wrong }
}

/** The time within which this part of the calls were answered. */
export function percentile({ millis }: Outcomes, part: number): number {
  return millis[Math.max(0, Math.ceil(millis.length * part) - 1)] ?? Number.NaN
}
