// In processes of their own: what goes wrong here ends a process. See fixtures/interrupted.ts.

import { describe, expect, test } from "vitest"
import { compiled, run } from "../fixtures/run.ts"
import { interruptible } from "./interruptible.ts"

describe("an interruptible function", () => {
  test("gives, throws and gets as this what the function itself does", async () => {
    expect(await outcomeOf("works")).toEqual([8, "RangeError: mine", { a: 1 }])
  })

  test("keeps the asynchronous context", async () => {
    expect(await outcomeOf("store")).toBe("mine")
  })

  test.for(["loop", "timer", "microtask"])(
    "is ended in an endless loop (from a %s), and the process goes on",
    async (way) => {
      expect(await outcomeOf(way)).toEqual(["ERR_WATCHDOG_INTERRUPTED", 8])
    },
  )

  test("is ended in a regular expression", async () => {
    expect(await outcomeOf("regex")).toBe("ERR_WATCHDOG_INTERRUPTED")
  })

  test("may be ended again and again", async () => {
    expect(await outcomeOf("often")).toEqual(["ERR_WATCHDOG_INTERRUPTED"])
  })

  test("that ends by itself at the last moment is not followed by an end to something else", async () => {
    expect(await outcomeOf("race")).toBe(300)
  })

  test("has the time of the interruptible call around it", async () => {
    expect(await outcomeOf("nested")).toBe("ERR_WATCHDOG_INTERRUPTED")
  })
})

test("when its thread dies, calls go on, without being ended, and it says so once", async () => {
  const { code, stdout, stderr } = await run([compiled("fixtures/thread-dies.js"), "interrupter"]).ended
  expect(stdout).toBe("alive, 1 started, 4\n")
  expect(stderr).toBe(
    "avrolet watchdog: interruptible functions are not ended any more: their thread ended (exit code 1)\n",
  )
  expect(code).toBe(0)
})

test.for([0, Number.NaN, Number.POSITIVE_INFINITY])("a timeout of %s is refused", (timeoutMillis) => {
  expect(() => interruptible(() => 1, { timeoutMillis })).toThrow(
    expect.objectContaining({ code: "ERR_WATCHDOG_THRESHOLD" }),
  )
})

test("where the inspector is forbidden it says so", async () => {
  const flag = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission"
  const { stderr, code } = await run([
    flag,
    "--allow-fs-read=*",
    compiled("fixtures/interrupted.js"),
    "works",
  ]).ended
  expect(stderr).toContain("ERR_WATCHDOG_INSPECTOR")
  expect(code).toBe(1)
})

async function outcomeOf(way: string): Promise<unknown> {
  const { stdout, stderr, code } = await run([compiled("fixtures/interrupted.js"), way]).ended
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 })
  return JSON.parse(stdout)
}
