import { describe, expect, test } from "vitest"
import { createCancellation, neverCancelled } from "./cancellation.ts"

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

  test("calls back all who listen, but those who do no more", () => {
    const cancellation = createCancellation()
    const heard: string[] = []
    const listeners = ["a", "b", "c", "d"].map((name) => () => heard.push(name))
    for (const listener of listeners) cancellation.onCancel(listener)
    cancellation.offCancel(listeners[0] as () => void)
    cancellation.offCancel(listeners[2] as () => void)
    cancellation.cancel("why")
    cancellation.offCancel(listeners[1] as () => void)
    expect(heard.toSorted()).toEqual(["b", "d"])
  })

  test("throws its reason where that is asked, once there is one", () => {
    const cancellation = createCancellation()
    cancellation.throwIfCancelled()
    const reason = new Error("why")
    cancellation.cancel(reason)
    expect(() => cancellation.throwIfCancelled()).toThrow(reason)
  })

  test("says when it ends at the latest", () => {
    expect(createCancellation().endsAtMillis).toBe(Number.POSITIVE_INFINITY)
    expect(createCancellation(1234).endsAtMillis).toBe(1234)
  })

  test("that nobody can bring about has a signal of its own all the same", () => {
    const [one, other] = [neverCancelled(), neverCancelled()]
    expect(one).toMatchObject({ canBeCancelled: false, endsAtMillis: Number.POSITIVE_INFINITY })
    expect(one.signal).toBe(one.signal)
    expect(one.signal).not.toBe(other.signal) // or its listeners would be everybody's, and never go
    expect(one.signal.aborted).toBe(false)
    expect(createCancellation().canBeCancelled).toBe(true)
  })
})
