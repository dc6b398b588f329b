import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { Log } from "./builtin/index.ts"
import { fileSource } from "./file/index.ts"
import { readEvents } from "./read-events.ts"
import { all } from "./testing/all.ts"
import { newDirectory } from "./testing/directory.ts"

const program = fileURLToPath(new URL("../dist/fixtures/log-with-pino.js", import.meta.url))

test("what a program logs with pino is recorded in pino's worker thread, to its last line", async () => {
  const directory = await newDirectory()
  const before = Date.now()
  await promisify(execFile)(process.execPath, [program, directory])
  const logs = (await all(readEvents(fileSource(directory), Log))).map(({ value }) => value)
  expect(logs).toHaveLength(1003)
  expect(logs.slice(0, 3)).toMatchObject([
    {
      level: "info",
      severity: 30,
      logger: "shop",
      message: "listening",
      attributes: { port: "8080" },
      error: null,
    },
    { level: "warn", severity: 40, message: "slow", attributes: { query: '{"sql":"select 1","millis":12}' } },
    { level: "error", message: "no such table", error: { type: "TypeError", message: "no such table" } },
  ])
  expect(logs[2]?.error?.stack).toContain("log-with-pino")
  expect(logs[0]?.time.getTime()).toBeGreaterThanOrEqual(before)
  expect(logs.at(-1)?.message).toBe("line 999")
})
