// The policy "warn", in a process of its own; see fixtures/warns.ts.

import { expect, test } from "vitest"
import { compiled, run } from "./fixtures/run.ts"
import { watchEventLoop } from "./watch-event-loop.ts"

test("by the policy warn a block is a warning of the process, and nothing is printed while it goes on", async () => {
  const { stderr, stdout, code } = await run([compiled("fixtures/warns.js")]).ended
  expect(stderr).toMatch(
    /\(node:\d+\) BlockWarning: The event loop was blocked for \d+ ms \(cpu\), in spin \(/,
  )
  expect(stderr).not.toContain("so far")
  expect(code).toBe(0)
  const warnings: { name: string; stack: string; millis: number }[] = JSON.parse(stdout)
  const spins = warnings.filter(({ stack }) => stack.includes("at spin ("))
  expect(spins).toEqual([
    {
      name: "BlockWarning",
      stack: expect.stringMatching(
        /^BlockWarning: The event loop .*\n(.*\n)*? {4}at spin \(.*warns\.ts:\d+:\d+\)/,
      ),
      millis: expect.any(Number),
    },
  ])
})

test("--trace-warnings shows where a block was", async () => {
  const { stderr } = await run(["--trace-warnings", compiled("fixtures/warns.js")]).ended
  expect(stderr).toMatch(/BlockWarning: .*\n(.*\n)*? {4}at spin \(.*warns\.ts:\d+:\d+\)/)
})

test("a policy is one of its values", () => {
  const options: object = { policy: "throw" }
  expect(() => watchEventLoop(options)).toThrow(
    expect.objectContaining({
      code: "ERR_WATCHDOG_OPTION",
      message: `policy is 'throw'; give "report" or "warn"`,
    }),
  )
})
