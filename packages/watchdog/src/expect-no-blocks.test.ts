import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { describe, expect, test, vi } from "vitest"
import { WatchdogError } from "./errors.ts"
import { expectNoBlocks } from "./expect-no-blocks.ts"
import { run } from "./fixtures/run.ts"

const FILE = fileURLToPath(import.meta.url)

test("gives what the action gives, when nothing blocks", async () => {
  expect(await expectNoBlocks(() => 42, LENIENT)).toBe(42)
  expect(await expectNoBlocks(() => sleep(50, "late"), LENIENT)).toBe("late")
})

test("throws with the stack and the block, when something blocks, however soon it does", async () => {
  const error = await expectNoBlocks(() => spin(500)).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(WatchdogError)
  expect(error).toMatchObject({
    code: "ERR_WATCHDOG_BLOCKED",
    message: expect.stringMatching(/^The event loop was blocked for \d+ ms \(cpu\), in spin \(/),
    stack: expect.stringMatching(
      new RegExp(`^WatchdogError: The event loop .*\n +at spin \\(.*${FILE}:\\d+:\\d+\\)`),
    ),
    cause: expect.objectContaining({ cause: "cpu", stackTaken: "during" }),
  })
})

test("lets through what the action throws", async () => {
  await expect(expectNoBlocks(() => Promise.reject(new Error("mine")), LENIENT)).rejects.toThrow("mine")
})

describe("beside fake timers", () => {
  test("throws when something blocks", async () => {
    vi.useFakeTimers()
    const error = await expectNoBlocks(() => spin(500)).catch((thrown: unknown) => thrown)
    vi.useRealTimers()
    expect(error).toMatchObject({ code: "ERR_WATCHDOG_BLOCKED" })
  })
})

describe("in a test of node:test", () => {
  test("fails it", async () => {
    const { code, stdout } = await run(["--input-type=module", "-e", NODE_TEST]).ended
    expect(stdout).toContain("The event loop was blocked for")
    expect(stdout).toMatch(/^ +(?:at )?spin \(/m)
    expect(code).toBe(1)
  })

  test("passes one that is fast, also with its mock timers", async () => {
    const { code, stdout } = await run(["--input-type=module", "-e", NODE_TEST_MOCKED]).ended
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^(#|ℹ) pass 1$/m) })
  })
})

// On an overloaded machine something of the test runner's own may take more than 50 ms.
const LENIENT = { thresholdMillis: 2000 }

const NODE_TEST = `
  import { test } from "node:test"
  import { expectNoBlocks } from "@avrolet/watchdog/testing"
  function spin() { const end = Date.now() + 400; while (Date.now() < end); }
  test("is slow", () => expectNoBlocks(spin))
`

const NODE_TEST_MOCKED = `
  import { mock, test } from "node:test"
  import { expectNoBlocks } from "@avrolet/watchdog/testing"
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate"] })
  test("is fast", () => expectNoBlocks(() => {}, { thresholdMillis: 2000 }))
`

const { now } = Date

function spin(millis: number): void {
  const end = now() + millis
  while (now() < end);
}
