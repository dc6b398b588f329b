import { describe, expect, test } from "vitest"
import { withDeadline } from "./deadline.ts"
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

  test.for([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    "refuses %d ms, which is no time to wait",
    async (timeoutMillis) => {
      expect(await failureOf(withDeadline({ timeoutMillis }, async () => {}))).toBeInstanceOf(TypeError)
    },
  )
})
