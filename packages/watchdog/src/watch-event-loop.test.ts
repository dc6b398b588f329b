import { describe, expect, test } from "vitest"
import { WatchdogError } from "./errors.ts"
import { compiled, run } from "./fixtures/run.ts"
import { watchEventLoop } from "./watch-event-loop.ts"

describe("the life of a watchdog", () => {
  test("close() stops it, and may be called twice", async () => {
    expect(await life("closed")).toBe(0)
  })

  test("using closes it, and a block that is just over is still reported", async () => {
    expect(await life("using")).toBe(1)
  })

  // Ten times. Not of each: what began before the monitor looked may be lost.
  test.runIf(process.platform === "linux")(
    "a block that ends with close() is not lost to a monitor that gets no processor",
    async () => {
      expect(await life("starved")).toBeGreaterThanOrEqual(6)
    },
  )

  test("many of them leave no timer, listener, global or bound store behind", async () => {
    expect(await life("cycles")).toEqual("nothing")
  })

  test("an aborted signal closes it, before or after the start", async () => {
    expect(await life("signal")).toEqual("nothing")
  })

  test("two of them at once report each for itself", async () => {
    expect(await life("two")).toEqual({ first: 1, second: 1 })
  })
})

describe("a block that is over is told", () => {
  test("on the diagnostics channel avrolet:watchdog.block", async () => {
    expect(await life("channel")).toContainEqual(expect.objectContaining({ cause: "cpu" }))
  })

  test("to an onBlock that throws, without harm to the program", async () => {
    const ended = await run([compiled("fixtures/lives.js"), "throwing"]).ended
    expect(ended).toMatchObject({ code: 0, stdout: '"alive"\n' })
    expect(ended.stderr).toContain("avrolet watchdog: onBlock threw Error: mine")
  })
})

// On Node 20 an expression that runs on top of another's machine code overwrites its stack: the process died.
test("a regular expression is interrupted without harm to what it does", async () => {
  const ended = await run([compiled("fixtures/expressions.js")]).ended
  expect(ended).toMatchObject({ code: 0, stdout: "done\n" })
})

// It sleeps for 4 s: a heart that beats every 20 ms would wake it 200 times.
test.runIf(process.platform === "linux")("an idle loop is not woken", async () => {
  expect(await life("idle")).toBeLessThan(30)
})

// They wait for events, too, in a loop of their own. Those here are too short to be blocks.
test.runIf(process.platform === "linux")(
  "commands that hold the loop are not learnt as its idleness: it is still not woken, and a long one is told",
  async () => {
    expect(await life("commands")).toEqual({ woken: below(30), causes: ["sync-call"] })
  },
)

// Few looks: of one block in twenty the watchdog would see all but 2 ms by chance. Not of each: a busy machine may keep
// the monitor from looking.
test.runIf(process.platform === "linux")("what a block took before it was seen belongs to it", async () => {
  const missedMillis = await life("onsets")
  const seenWhole = Array.isArray(missedMillis) ? missedMillis.filter((millis) => millis < 2) : []
  expect(seenWhole.length).toBeGreaterThanOrEqual(4)
})

// Ten times, half of them with an immediate, half with a timer. Not of each: a busy machine may starve the loop.
test.runIf(process.platform === "linux")(
  "an event and what else its turn runs, each below the threshold, are one block",
  async () => {
    expect(await life("pieces")).toBeGreaterThanOrEqual(6)
  },
)

describe("bad input", () => {
  test.for([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 3_600_001])(
    "a threshold of %s is refused where it is given",
    (thresholdMillis) => {
      const start = (): unknown => watchEventLoop({ thresholdMillis })
      expect(start).toThrow(WatchdogError)
      expect(start).toThrow(
        `thresholdMillis is ${thresholdMillis}; give a number of milliseconds from 1 to 3600000`,
      )
    },
  )

  test("a threshold that is no number is refused, too", () => {
    const options: object = { thresholdMillis: "50" }
    expect(() => watchEventLoop(options)).toThrow(expect.objectContaining({ code: "ERR_WATCHDOG_THRESHOLD" }))
  })
})

const below = (limit: number): unknown => expect.toSatisfy((value: number) => value < limit)

async function life(way: string): Promise<unknown> {
  const { stdout } = await run([compiled("fixtures/lives.js"), way]).ended
  return JSON.parse(stdout)
}
