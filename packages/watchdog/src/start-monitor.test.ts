import { describe, expect, test } from "vitest"
import { compiled, type Run, run } from "./fixtures/run.ts"

describe("a watchdog that fails does not fail the program", () => {
  test.for([
    { way: "terminated", reason: "ended (exit code 1)" },
    { way: "memory", reason: expect.stringMatching(/^failed \(.*memory.*\)$/) },
  ])("when its monitor thread dies ($way)", async ({ way, reason }) => {
    const { code, stdout, stderr } = await run([compiled("fixtures/thread-dies.js"), way]).ended
    expect(stdout).toBe("alive, 1 started, closed\n")
    const said = [
      ...stderr.matchAll(/avrolet watchdog: its monitor thread (.*); the program goes on unwatched/g),
    ]
    expect(said.map(([, each]) => each)).toEqual([reason])
    expect(code).toBe(0)
  })

  test.runIf(process.platform === "linux")("when the system has no thread left for it", async () => {
    const asNobody = process.geteuid?.() === 0 ? NOBODY : []
    const { code, stdout, stderr } = await run([compiled("fixtures/lives.js"), "limited"], {}, asNobody).ended
    expect({ code, stdout }).toEqual({ code: 0, stdout: '"alive"\n' })
    expect(stderr).toBe(
      "avrolet watchdog: could not start its monitor thread (EAGAIN); the program goes on unwatched\n",
    )
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

/** As a user that owns nothing: no limit holds for the superuser. */
const NOBODY = ["setpriv", "--reuid=65534", "--clear-groups"]

function restricted(...flags: string[]): Run {
  const flag = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission"
  return run([flag, "--allow-fs-read=*", ...flags, compiled("fixtures/blocks.js"), "busy"])
}
