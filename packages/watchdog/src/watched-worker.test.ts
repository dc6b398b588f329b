// Real workers that really block; see fixtures/workers.ts for what each does.

import { describe, expect, test } from "vitest"
import { compiled, type Ended, run } from "./fixtures/run.ts"

describe("a worker that watches itself", () => {
  test("is reported with its id, its name and its line; in the end a table says how often", async () => {
    const { blocks, stderr, code } = await workers("busy")
    expect(stderr).toMatch(
      /⚠ event loop of worker \d+ \(resizer\) blocked for \d+ ms so far, in spin {2}.*workers\.ts:\d+:\d+\n {2}cause: cpu/,
    )
    expect(stderr).toMatch(/✓ event loop of worker \d+ \(resizer\) free again after \d+ ms/)
    expect(stderr).toMatch(
      /event loop of worker \d+ \(resizer\): \d+ blocks in .*\n.*\n(.*\n)* +2 .* spin \(/,
    )
    const spins = blocks.filter(({ stack }) => stack.includes("at spin ("))
    expect(spins).toHaveLength(2)
    expect(spins[0]).toMatchObject({ threadId: expect.any(Number), threadName: "resizer", cause: "cpu" })
    expect(spins[0]?.threadId).toBeGreaterThan(0)
    expect(code).toBe(0)
  })

  test("is reported in an endless loop, and may be terminated in it", async () => {
    const { stderr, code } = await terminated("endless")
    expect(stderr).toMatch(/event loop of worker \d+ \(resizer\) blocked for \d+ ms so far, in endless {2}/)
    expect(stderr).toMatch(
      /event loop of worker \d+ \(resizer\) still blocked after 1\d\d\d ms, in endless {2}/,
    )
    expect(code).toBe(0)
  })

  test("is reported while the main thread is blocked, too", async () => {
    const { stderr, blocks, code } = await terminated("both")
    expect(stderr).toMatch(/event loop of worker \d+ \(resizer\) blocked for .* in endless {2}/)
    expect(stderr).toMatch(/event loop blocked for .* in spin {2}/)
    expect(stderr).toMatch(/event loop of worker \d+ \(resizer\) still blocked after .* in endless {2}/)
    expect(blocks.some(({ threadId, stack }) => threadId === 0 && stack.includes("at spin ("))).toBe(true)
    expect(code).toBe(0)
  })

  test("is not said to be in a native call because the main thread is in one: its place is told after that", async () => {
    const { stderr, longest } = await workers("native")
    expect(stderr).toMatch(
      /event loop of worker \d+ \(resizer\) blocked for \d+ ms so far, place unknown\n {2}cause: unknown/,
    )
    expect(stderr).toMatch(/event loop of worker \d+ \(resizer\) free again after \d+ ms, in spin {2}/)
    expect(longest).toMatchObject({ threadName: "resizer", cause: "cpu", stackTaken: "during" })
  })

  test("is told apart from another one", async () => {
    const { blocks } = await workers("two")
    const spins = blocks.filter(({ stack }) => stack.includes("at spin ("))
    expect(new Set(spins.map(({ threadId }) => threadId)).size).toBe(2)
  })

  test.for(["30", "300", "1500"])(
    "does not hold up a process that exits %s ms into its block",
    async (millis) => {
      expect((await workers("exit", millis)).code).toBe(7)
    },
  )

  test("can be expected not to block", async () => {
    const { stdout } = await workers("expects")
    expect(stdout).toMatch(/^WatchdogError: The event loop was blocked for \d+ ms \(cpu\), in spin \(/m)
  })
})

const workers = (...args: string[]): Promise<Ended> => run([compiled("fixtures/workers.js"), ...args]).ended

/** Lets it terminate its worker once both its threads were told of. */
async function terminated(way: "endless" | "both"): Promise<Ended> {
  const program = run([compiled("fixtures/workers.js"), way])
  await program.says(/worker \d+ \(resizer\) still blocked after/)
  if (way === "both") await program.says(/event loop free again/)
  program.release()
  return program.ended
}
