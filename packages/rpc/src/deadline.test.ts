import { describe, expect, test } from "vitest"
import { rememberCallsServed, whileServing } from "./being-served.ts"
import { type CancelListener, type Cancellation, createCancellation } from "./cancellation.ts"
import { startServing, withDeadline } from "./deadline.ts"
import { RpcError } from "./errors.ts"
import { failureOf } from "./transport.contract.ts"

describe("a deadline", () => {
  test("work that is done in time settles as it does without one", async () => {
    expect(await withDeadline({ timeoutMillis: 10_000 }, async () => "done")).toBe("done")
    const error = new Error("its own")
    expect(await failureOf(withDeadline({ timeoutMillis: 10_000 }, () => Promise.reject(error)))).toBe(error)
  })

  test("work that is not is cancelled, and rejects with the time it had", async () => {
    let cancelledWith: unknown
    const outcome = withDeadline({ timeoutMillis: 10 }, (cancellation) => {
      cancellation.onCancel((reason) => {
        cancelledWith = reason
      })
      return new Promise(() => {})
    })
    const error = await failureOf(outcome)
    expect(error).toMatchObject({ code: "ERR_RPC_TIMEOUT", message: "No response within 10 ms" })
    expect(cancelledWith).toBe(error)
  })

  test("a result that is late is none, whether or not the timer was heard", async () => {
    const outcome = withDeadline({ timeoutMillis: 10 }, async () => {
      spin(15)
      return "late"
    })
    expect(await failureOf(outcome)).toMatchObject({ code: "ERR_RPC_TIMEOUT" })
  })

  test("nor is a failure, which may be what a server says whose time is over, too", async () => {
    const outcome = withDeadline({ timeoutMillis: 10 }, async () => {
      spin(15)
      throw new RpcError("ERR_RPC_REMOTE", "Internal error")
    })
    expect(await failureOf(outcome)).toMatchObject({ code: "ERR_RPC_TIMEOUT" })
  })

  test("no time is over early, not by part of a millisecond", async () => {
    for (let i = 0; i < 200; i++) {
      spin(i / 200) // whole milliseconds are counted from any part of one
      const begunAt = performance.now()
      await failureOf(withDeadline({ timeoutMillis: 2 }, () => new Promise(() => {})))
      expect(performance.now() - begunAt).toBeGreaterThanOrEqual(2)
    }
  })

  test("a signal that aborted before keeps the work from starting", async () => {
    let started = false
    const outcome = withDeadline({ signal: AbortSignal.abort("early") }, async () => {
      started = true
    })
    expect(await failureOf(outcome)).toBe("early")
    expect(started).toBe(false)
  })

  test("nothing listens to the signal once the work is done", async () => {
    const controller = new AbortController()
    let cancelled = false
    await withDeadline({ signal: controller.signal }, async (cancellation) => {
      cancellation.onCancel(() => {
        cancelled = true
      })
    })
    controller.abort()
    expect(cancelled).toBe(false)
  })

  test("nothing listens to the signal once the time is over, though the work goes on", async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const counted = Object.assign(signal, {
      addEventListener: () => listeners++,
      removeEventListener: () => listeners--,
    })
    await failureOf(withDeadline({ timeoutMillis: 5, signal: counted }, () => new Promise(() => {})))
    expect(listeners).toBe(0)
  })

  test.for([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    "refuses %d ms, which is no time to wait",
    async (timeoutMillis) => {
      expect(await failureOf(withDeadline({ timeoutMillis }, async () => {}))).toBeInstanceOf(TypeError)
    },
  )

  test("says when it is, and that it cannot be where there is none", async () => {
    const before = performance.now()
    const endsAtMillis = await withDeadline({ timeoutMillis: 10_000 }, async (limits) => limits.endsAtMillis)
    expect(endsAtMillis).toBeGreaterThanOrEqual(before + 10_000)
    expect(endsAtMillis).toBeLessThanOrEqual(performance.now() + 10_000)
    expect(await withDeadline({}, async (limits) => limits.canBeCancelled)).toBe(false)
  })
})

describe("a deadline within a call that is served", () => {
  rememberCallsServed()
  const within = <T>(cancellation: Cancellation, work: () => T): T =>
    whileServing({ canBeCancelled: true, cancellation, isOver: false, countCall() {} }, work)

  test("is the earlier of the two", async () => {
    const endOf = (timeoutMillis: number | undefined, outer: number): Promise<number> =>
      within(createCancellation(performance.now() + outer), () =>
        withDeadline({ timeoutMillis }, async ({ endsAtMillis }) => endsAtMillis - performance.now()),
      )
    expect(await endOf(undefined, 10_000)).toBeLessThanOrEqual(10_000)
    expect(await endOf(60_000, 10_000)).toBeLessThanOrEqual(10_000)
    expect(await endOf(5000, 10_000)).toBeLessThanOrEqual(5000)
  })

  test("ends with that call, and for the same reason", async () => {
    const served = createCancellation()
    const outcome = within(served, () => failureOf(withDeadline({}, () => new Promise(() => {}))))
    const reason = new Error("nobody waits")
    served.cancel(reason)
    expect(await outcome).toBe(reason)
  })

  test("holds also when that call is answered first: its own time goes on", async () => {
    const served = startServing(30, performance.now() + 30, createCancellation())
    const outcome = within(served.cancellation, () =>
      failureOf(withDeadline({ timeoutMillis: 60 }, () => new Promise(() => {}))),
    )
    served.stop()
    expect(await outcome).toMatchObject({ code: "ERR_RPC_TIMEOUT" })
  })

  test("keeps work from starting when that call was given up before, unless it is detached", async () => {
    const served = createCancellation()
    served.cancel("given up")
    let runs = 0
    const work = async (): Promise<number> => ++runs
    expect(await within(served, () => failureOf(withDeadline({}, work)))).toBe("given up")
    expect(await within(served, () => withDeadline({ detached: true }, work))).toBe(1)
  })

  test("leaves nothing behind with that call", async () => {
    const listeners = new Set<CancelListener>()
    const served: Cancellation = {
      ...createCancellation(),
      canBeCancelled: true,
      endsAtMillis: Number.POSITIVE_INFINITY,
      throwIfCancelled() {},
      onCancel: (listener) => void listeners.add(listener),
      offCancel: (listener) => void listeners.delete(listener),
    }
    await within(served, async () => {
      for (let call = 0; call < 10; call++) {
        await withDeadline({}, async () => expect(listeners.size).toBe(1))
        await withDeadline({}, () => Promise.reject(new Error("no"))).catch(() => {})
      }
    })
    expect(listeners.size).toBe(0)
  })
})

function spin(millis: number): void {
  for (const end = performance.now() + millis; performance.now() < end; );
}
