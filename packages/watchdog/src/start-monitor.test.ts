import { describe, expect, test } from "vitest"
import { compiled, type Run, run } from "./fixtures/run.ts"

describe("a watchdog that fails does not fail the program", () => {
  test("when its monitor thread dies", async () => {
    const { code, stdout, stderr } = await run([compiled("fixtures/monitor-dies.js")]).ended
    expect(stdout).toBe("alive, 1 started\n")
    expect(stderr.match(/avrolet watchdog: .*/g)).toEqual([
      "avrolet watchdog: its monitor thread ended (exit code 1); the program goes on unwatched",
    ])
    expect(code).toBe(0)
  })

  test("when it may not start a thread", async () => {
    const { code, stderr } = await restricted().ended
    expect(stderr).toContain("avrolet watchdog: could not start its monitor thread (Access to this API")
    expect(code).toBe(0)
  })

  test("when it may not use the inspector: it reports without a stack", async () => {
    const { code, stderr, longest } = await restricted("--allow-worker").ended
    expect(stderr).toContain("forbids the inspector here; blocks are reported without a stack\n")
    expect(stderr).toMatch(/blocked for \d+ ms so far, place unknown\n {2}cause: unknown/)
    expect(longest).toMatchObject({ cause: "unknown", stack: "", frames: [], samples: 0 })
    expect(code).toBe(0)
  })
})

function restricted(...flags: string[]): Run {
  const flag = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission"
  return run([flag, "--allow-fs-read=*", ...flags, compiled("fixtures/blocks.js"), "busy"])
}
