import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { EventsError } from "../errors.ts"
import { createDelivery } from "./delivery.ts"

const away = (): EventsError => new EventsError("ERR_EVENTS_UNAVAILABLE", "away")

describe("a delivery", () => {
  test("sends in order, and many at a time", async () => {
    const sent: number[] = []
    let inFlight = 0
    let most = 0
    const delivery = createDelivery<number>({
      maxInFlight: 3,
      retryMillis: 1000,
      async send(message) {
        sent.push(message)
        most = Math.max(most, ++inFlight)
        await new Promise(setImmediate)
        inFlight--
      },
    })
    await delivery.deliver([1, 2, 3, 4, 5])
    expect({ sent, most }).toEqual({ sent: [1, 2, 3, 4, 5], most: 3 })
  })

  test("gives a store that knows duplicates each message once and in order, whatever fails on the way", async () => {
    const failures = fc.array(fc.constantFrom("works", "is lost", "is stored, and its answer is lost"), {
      maxLength: 40,
    })
    await fc.assert(
      fc.asyncProperty(failures, fc.integer({ min: 1, max: 8 }), async (outcomes, maxInFlight) => {
        const store = new Set<number>()
        // As a connection is: once it has failed, nothing that is under way arrives.
        let broken = 0
        let inFlight = 0
        const delivery = createDelivery<number>({
          maxInFlight,
          retryMillis: 60_000,
          async send(message) {
            const outcome = broken > 0 ? "is lost" : (outcomes.shift() ?? "works")
            if (outcome !== "works") broken = 1
            if (outcome !== "is lost") store.add(message)
            inFlight++
            await new Promise(setImmediate)
            inFlight--
            if (inFlight === 0) broken = 0
            if (outcome !== "works") throw away()
          },
        })
        const messages = Array.from({ length: 20 }, (_, index) => index)
        await Promise.all([delivery.deliver(messages.slice(0, 7)), delivery.deliver(messages.slice(7))])
        expect([...store]).toEqual(messages)
      }),
      { numRuns: 20 },
    )
  })

  test("rejects everything it was given with what may pass later, so that its order can be kept", async () => {
    const full = new EventsError("ERR_EVENTS_FULL", "full")
    const sent: number[] = []
    const delivery = createDelivery<number>({
      maxInFlight: 1,
      retryMillis: 1000,
      async send(message) {
        sent.push(message)
        if (message === 2) throw full
      },
    })
    const outcomes = await Promise.allSettled([[1], [2], [3]].map((messages) => delivery.deliver(messages)))
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"])
    expect(sent).toEqual([1, 2])
    await delivery.deliver([4]) // and goes on
    expect(sent).toEqual([1, 2, 4])
  })

  test("after a refusal sends one at a time, until one is taken", async () => {
    const sent: number[] = []
    let refused = 2
    const delivery = createDelivery<number>({
      maxInFlight: 3,
      retryMillis: 1000,
      async send(message) {
        sent.push(message)
        await new Promise(setImmediate)
        if (message === 2 && refused-- > 0) throw new EventsError("ERR_EVENTS_FULL", "full")
      },
    })
    await delivery.deliver([1])
    for (const expected of [[1, 2, 3, 4], [2]]) {
      await expect(delivery.deliver([2, 3, 4, 5])).rejects.toMatchObject({ code: "ERR_EVENTS_FULL" })
      expect(sent.splice(0)).toEqual(expected)
    }
    await delivery.deliver([2, 3, 4, 5])
    expect(sent).toEqual([2, 3, 4, 5])
  })

  test.for([1, 2, 8])(
    "rejects with what will not pass what was given together, sends no more of it, and goes on: %i in flight",
    async (maxInFlight) => {
      const sent: number[] = []
      const delivery = createDelivery<number>({
        maxInFlight,
        retryMillis: 1000,
        async send(message) {
          sent.push(message)
          await new Promise(setImmediate)
          if (message === 3) throw new EventsError("ERR_EVENTS_TOO_LARGE", "too large")
        },
      })
      const parcels = [[1], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [13, 14], [15]]
      const outcomes = await Promise.allSettled(parcels.map((messages) => delivery.deliver(messages)))
      expect(outcomes).toMatchObject([
        { status: "fulfilled" },
        { status: "rejected", reason: { code: "ERR_EVENTS_TOO_LARGE" } },
        { status: "fulfilled" },
        { status: "fulfilled" },
      ])
      expect(sent).not.toContain(12)
      expect(sent).toEqual(sent.toSorted((a, b) => a - b))
      await delivery.deliver([16])
      expect(sent.slice(-4)).toEqual([13, 14, 15, 16])
    },
  )

  test("sends again what was under way beside it, but no more of what it has rejected", async () => {
    const sent: number[] = []
    const delivery = createDelivery<number>({
      maxInFlight: 4,
      retryMillis: 60_000,
      async send(message) {
        const isFirstTry = !sent.includes(message)
        sent.push(message)
        await new Promise(setImmediate)
        if (message === 2) throw new EventsError("ERR_EVENTS_TOO_LARGE", "too large")
        if (isFirstTry) throw away()
      },
    })
    const outcomes = await Promise.allSettled(
      [[1], [2, 3], [4]].map((messages) => delivery.deliver(messages)),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
    expect(sent).toEqual([1, 2, 3, 4, 1, 4])
  })

  test("gives up when nothing was acknowledged for `retryMillis`", async () => {
    let tries = 0
    const delivery = createDelivery<number>({
      maxInFlight: 1,
      retryMillis: 100,
      async send() {
        tries++
        throw away()
      },
    })
    await expect(delivery.deliver([1])).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
    expect(tries).toBeGreaterThan(1)
  })

  test("that is stopped ends what is under way, and rejects the rest", async () => {
    const delivery = createDelivery<number>({
      maxInFlight: 1,
      retryMillis: 60_000,
      send: async (message) => {
        await new Promise(setImmediate)
        if (message === 2) throw away()
      },
    })
    const first = delivery.deliver([1])
    const rest = delivery.deliver([2, 3])
    const reason = new Error("the end")
    const rejected = expect(rest).rejects.toBe(reason)
    await first
    await delivery.stop(reason)
    await rejected
    await expect(delivery.deliver([4])).rejects.toBe(reason)
  })
})
