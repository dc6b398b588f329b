import { execFile } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { schema } from "@avrolet/avro"
import { expect, test } from "vitest"
import { Log } from "./builtin/index.ts"
import { fileSink, fileSource } from "./file/index.ts"
import { readEvents } from "./read-events.ts"
import { createRecorder } from "./recorder.ts"
import { all } from "./testing/all.ts"
import { newDirectory } from "./testing/directory.ts"

const program = fileURLToPath(new URL("../dist/fixtures/log-with-pino.js", import.meta.url))

test("a log that cannot be stored is told on the standard error, and takes no program down", async () => {
  const directory = join(await newDirectory(), "in the way")
  await writeFile(directory, "")
  const { stderr } = await promisify(execFile)(process.execPath, [program, directory])
  expect(stderr).toContain("Events are lost, as their sink failed: EventsError: Cannot record into")
  expect(stderr).toContain(directory)
})

test("neither does a directory whose logs have another schema", async () => {
  const directory = await newDirectory()
  const Other = schema({
    type: "record",
    name: "Log",
    namespace: "avrolet.events",
    fields: [{ name: "text", type: "string" }],
  })
  const recorder = createRecorder(fileSink(directory))
  recorder.record(Other, { text: "ours" })
  await recorder.close()
  const { stderr } = await promisify(execFile)(process.execPath, [program, directory, "1000"])
  expect(stderr).toContain("could not read the events that are stored in")
})

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
