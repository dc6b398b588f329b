import { describe, expect, test } from "vitest"
import { createCancellation } from "./cancellation.ts"

describe("a cancellation", () => {
  test("calls back with its reason, once", () => {
    const cancellation = createCancellation()
    const heard: unknown[] = []
    cancellation.onCancel((reason) => heard.push(reason))
    cancellation.cancel("first")
    cancellation.cancel("second")
    expect(heard).toEqual(["first"])
  })

  test("calls back at once when it was cancelled before", () => {
    const cancellation = createCancellation()
    cancellation.cancel("early")
    const heard: unknown[] = []
    cancellation.onCancel((reason) => heard.push(reason))
    expect(heard).toEqual(["early"])
  })

  test("has a signal that aborts with the same reason, whether it was asked for before or after", () => {
    const before = createCancellation()
    const { signal } = before
    expect(signal.aborted).toBe(false)
    before.cancel("why")
    expect(signal.reason).toBe("why")

    const after = createCancellation()
    after.cancel("why")
    expect(after.signal.reason).toBe("why")
    expect(after.signal).toBe(after.signal)
  })
})
