import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { retryBudget } from "./retry-budget.ts"

describe("a retry budget", () => {
  test("never gives more than its share of the calls and its burst, in whatever order they come", () => {
    const steps = fc.array(fc.boolean(), { maxLength: 500 })
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(steps, share, fc.nat(20), (isCall, part, burst) => {
        const budget = retryBudget({ share: part, burst })
        let [calls, taken] = [0, 0]
        for (const step of isCall) {
          if (step) {
            budget.callMade({})
            calls++
          } else if (budget.take()) taken++
          expect(taken).toBeLessThanOrEqual(calls * part + burst + 1e-9)
        }
      }),
    )
  })

  test("gives a burst at once, then one for every ten calls", () => {
    const budget = retryBudget()
    const takeAll = (): number => {
      let taken = 0
      while (budget.take()) taken++
      return taken
    }
    expect(takeAll()).toBe(10)
    for (let call = 0; call < 31; call++) budget.callMade({})
    expect(takeAll()).toBe(3)
    for (let call = 0; call < 10_000; call++) budget.callMade({})
    expect(takeAll()).toBe(10) // quiet times are not saved up
  })

  test("counts a call once, by however many interceptors it is told, whatever calls are made meanwhile", () => {
    const budget = retryBudget({ share: 1, burst: 5 })
    while (budget.take());
    const [call, other] = [{}, {}]
    for (let time = 0; time < 5; time++) {
      budget.callMade(call)
      budget.callMade(other)
    }
    expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false])
  })

  test.for([{ share: -0.1 }, { share: 2 }, { share: Number.NaN }, { burst: -1 }, { burst: 1e9 }])(
    "refuses %o",
    (options) => expect(() => retryBudget(options)).toThrow(TypeError),
  )
})
