import { describe, expect, test } from "vitest"
import type { Outcome } from "./outcome.ts"
import { ServerHealth } from "./server-health.ts"

const settings = {
  failuresInARow: 3,
  failureShare: 0.25,
  windowMillis: 10_000,
  windowCalls: 8,
  minOutMillis: 1000,
  maxOutMillis: 4000,
  returnMillis: 10_000,
}

/** Notes outcomes as they come, and ejects as soon as there is reason to. */
function after(...outcomes: Outcome[]): ServerHealth {
  const health = new ServerHealth(settings)
  for (const outcome of outcomes) if (health.note(outcome, 0) === "eject") health.eject(0)
  return health
}

/** When it may be tried, seen from here; the waits are random by half. */
const wait = (health: ServerHealth, now: number): number => health.millisToTry(now)

describe("a server's health", () => {
  test.for<[string, Outcome[], boolean]>([
    ["nothing happened", [], false],
    ["too few failures", ["bad", "bad"], false],
    ["enough failures in a row", ["bad", "bad", "bad"], true],
    ["as many, but an answer between", ["bad", "bad", "good", "bad", "bad"], false],
    ["what says nothing counts neither way", ["bad", "unknown", "bad", "unknown", "bad"], true],
    ["it cannot be reached", ["unreachable"], true],
    ["it could not be reached after answers", ["good", "good", "unreachable"], true],
  ])("is out where %s: %j", ([, outcomes, isOut]) => {
    expect(after(...outcomes).isOut).toBe(isOut)
  })

  test("one that is out has no share, and may be tried after a wait of half to a whole of the least", () => {
    const health = after("unreachable")
    expect(health.share(0)).toBe(0)
    expect(wait(health, 0)).toBeGreaterThanOrEqual(500)
    expect(wait(health, 0)).toBeLessThanOrEqual(1000)
    expect(wait(health, 1000)).toBe(0)
  })

  test("each try that fails makes the wait longer, up to the longest", () => {
    const health = after("unreachable")
    const longest = [2000, 4000, 4000, 4000]
    for (const millis of longest) {
      health.beginTry(0)
      health.tried("bad", 0)
      expect(health.isOut).toBe(true)
      expect(wait(health, 0)).toBeGreaterThanOrEqual(millis / 2)
      expect(wait(health, 0)).toBeLessThanOrEqual(millis)
    }
  })

  test("is tried once at a time, and again where a try never ends", () => {
    const health = after("unreachable")
    health.beginTry(2000)
    expect(wait(health, 2000)).toBe(4000)
    expect(wait(health, 6000)).toBe(0)
    health.tried("unknown", 2500) // nothing is known of it: the next may try
    expect(wait(health, 2500)).toBe(0)
    expect(health.isOut).toBe(true)
  })

  test("one that answers a try is back, with a share that grows to the whole", () => {
    const health = after("unreachable")
    health.beginTry(1000)
    health.tried("good", 1000)
    expect(health.isOut).toBe(false)
    expect([1000, 2000, 6000, 11_000, 60_000].map((now) => health.share(now))).toEqual([0.1, 0.1, 0.5, 1, 1])
  })

  test("one that has just come back is out again at its first failure, for longer", () => {
    const health = after("unreachable")
    health.tried("good", 1000)
    expect(health.note("bad", 1100)).toBe("eject")
    health.eject(1100)
    expect(wait(health, 1100)).toBeGreaterThanOrEqual(1000)
    expect(wait(health, 1100)).toBeLessThanOrEqual(2000)
  })

  test("one that has its whole share again is as any other: it takes several failures, and the wait is the least", () => {
    const health = after("unreachable", "bad")
    health.tried("good", 1000)
    expect(health.note("good", 1500)).toBe("keep")
    expect(health.note("bad", 20_000)).toBe("keep")
    expect(health.note("bad", 20_000)).toBe("keep")
    expect(health.note("bad", 20_000)).toBe("eject")
    health.eject(20_000)
    expect(wait(health, 20_000)).toBeLessThanOrEqual(1000)
  })

  test("calls from before it was out change nothing", () => {
    const health = after("unreachable")
    expect(health.note("good", 1)).toBe("keep")
    expect(health.note("bad", 1)).toBe("keep")
    expect(health.isOut).toBe(true)
  })

  test("failures are recent for as long as the shortest wait", () => {
    const health = after("bad", "bad")
    expect(health.recentFailuresInARow(999)).toBe(2)
    expect(health.recentFailuresInARow(1000)).toBe(0)
  })

  describe("that fails now and then is to be compared with others", () => {
    /** What is to be done after the last of these outcomes, `g` and `b`, one each so many milliseconds. */
    const verdictOf = (outcomes: string, everyMillis = 0): unknown => {
      const health = new ServerHealth(settings)
      let verdict: unknown
      for (let index = 0; index < outcomes.length; index++)
        verdict = health.note(outcomes[index] === "b" ? "bad" : "good", index * everyMillis)
      return verdict
    }

    test.for<[string, string, number, unknown]>([
      ["a quarter of enough calls failed", "gggggbgb", 0, "compare"],
      ["fewer failed", "gggggggb", 0, "keep"],
      ["the calls are too few", "ggggbgb", 0, "keep"],
      ["the last was answered", "gggbgbgg", 0, "keep"],
      ["the failures are within the window", "gggggbgb", 700, "compare"],
      ["the first of them are out of it", "bbgggggggggggggb", 1000, "keep"],
      ["there was nothing for a while before", "gggggbgb", 20_000, "keep"],
    ])("or not, where %s", ([, outcomes, everyMillis, expected]) => {
      expect(verdictOf(outcomes, everyMillis)).toBe(expected)
    })

    test("what was before it was out is forgotten when it is back", () => {
      const health = after("bad", "good", "bad", "good", "bad", "good", "unreachable")
      health.tried("good", 1000)
      expect(health.note("good", 1000)).toBe("keep")
      expect(health.note("bad", 1000)).toBe("keep")
    })
  })
})
