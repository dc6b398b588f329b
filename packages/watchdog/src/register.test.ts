import { describe, expect, test } from "vitest"
import { compiled, type Ended, run } from "./fixtures/run.ts"

describe("node --import @avrolet/watchdog/register", () => {
  test("watches a program that knows nothing of it", async () => {
    const { code, stdout, stderr } = await start(["--import", REGISTER])
    expect(stderr).toMatch(
      /⚠ event loop blocked for \d+ ms so far, in spin {2}.*fixtures\/plain\.ts:\d+:\d+\n/,
    )
    expect(stderr).toMatch(/✓ event loop free again after \d+ ms .*\n/)
    expect({ code, stdout }).toEqual({ code: 0, stdout: "done\n" })
  })

  test("works from NODE_OPTIONS, which reaches the monitor's thread as well", async () => {
    const { stderr } = await start([], { NODE_OPTIONS: `--import ${REGISTER}` })
    expect(stderr.match(/so far, in spin/g)).toHaveLength(1)
  })

  test("takes its threshold from AVROLET_THRESHOLD_MILLIS", async () => {
    const { stderr } = await start(["--import", REGISTER], { AVROLET_THRESHOLD_MILLIS: "5000" })
    expect(stderr).toBe("")
  })

  test("guards synchronous calls when AVROLET_GUARD_SYNC_CALLS is 1", async () => {
    const args = ["--import", REGISTER, compiled("fixtures/plain.js"), "shell"]
    const { stderr } = await run(args, { AVROLET_GUARD_SYNC_CALLS: "1" }).ended
    expect(stderr).toMatch(/so far, inside child_process\.execSync\n/)
  })

  test("names the HTTP request being served when AVROLET_HTTP_REQUESTS is 1", async () => {
    const args = ["--import", REGISTER, compiled("fixtures/plain.js"), "serve"]
    const { stderr } = await run(args, { AVROLET_HTTP_REQUESTS: "1" }).ended
    expect(stderr).toContain("\n  while serving GET /slow\n")
  })

  test("watches worker threads when AVROLET_WATCH_WORKERS is 1, and else the main thread only", async () => {
    const args = ["--import", REGISTER, compiled("fixtures/plain.js"), "worker"]
    const { code, stderr } = await run(args, { AVROLET_WATCH_WORKERS: "1" }).ended
    expect(stderr).toMatch(/⚠ event loop of worker \d+ blocked for \d+ ms so far, in spin /)
    expect(code).toBe(0)
    expect((await run(args).ended).stderr).not.toContain("in spin")
  })

  test("warns of blocks when AVROLET_POLICY is warn", async () => {
    const { stderr } = await start(["--import", REGISTER], { AVROLET_POLICY: "warn" })
    expect(stderr).toMatch(/ BlockWarning: The event loop was blocked for \d+ ms \(cpu\), in spin \(/)
    expect(stderr).not.toContain("so far")
  })

  test.for(["soon", "0", "-5", "Infinity"])(
    "says that a threshold of %j is none, and uses the default",
    async (text) => {
      const { stderr } = await start(["--import", REGISTER], { AVROLET_THRESHOLD_MILLIS: text })
      expect(stderr).toContain(
        `avrolet watchdog: AVROLET_THRESHOLD_MILLIS is "${text}"; give a number of milliseconds from 1 to 3600000. Using the default\n`,
      )
      expect(stderr).toContain("so far, in spin")
    },
  )
})

const REGISTER = compiled("register.js")

function start(flags: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return run([...flags, compiled("fixtures/plain.js")], environment).ended
}
