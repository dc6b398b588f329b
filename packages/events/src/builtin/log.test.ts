// oxlint-disable no-console -- it is what is tested
import { encode } from "@avrolet/avro"
import fc from "fast-check"
import { expect, test, vi } from "vitest"
import { readEvents } from "../read-events.ts"
import { createRecorder } from "../recorder.ts"
import { all } from "../testing/all.ts"
import { MemorySink } from "../testing/memory-sink.ts"
import { captureConsole } from "./capture-console.ts"
import { Log, logOfLine } from "./log.ts"

const line = (fields: object): string => JSON.stringify(fields)

test.for([
  {
    name: "as pino writes it",
    text: line({
      level: 40,
      time: 1_790_000_000_000,
      pid: 1,
      hostname: "a",
      name: "shop",
      msg: "slow",
      route: "/",
    }),
    log: {
      time: new Date(1_790_000_000_000),
      level: "warn",
      severity: 40,
      logger: "shop",
      message: "slow",
      error: null,
      attributes: { route: "/" },
    },
  },
  {
    name: "with a level of its own",
    text: line({ level: 35 }),
    log: { level: "35", severity: 35, message: "" },
  },
  { name: "with a level as text", text: line({ level: "notice" }), log: { level: "notice", severity: 30 } },
  {
    name: "with pino's level as text",
    text: line({ level: "error" }),
    log: { level: "error", severity: 50 },
  },
  {
    name: "with what an error has of its own",
    text: line({
      err: { type: "Error", message: "refused", stack: "Error: refused", code: "ECONNREFUSED", port: 80 },
    }),
    log: {
      error: { type: "Error", message: "refused", stack: "Error: refused" },
      attributes: { "err.code": "ECONNREFUSED", "err.port": "80" },
    },
  },
  {
    name: "with text for its error",
    text: line({ err: "timeout" }),
    log: { error: { type: "", message: "timeout", stack: "" }, attributes: {} },
  },
  {
    name: "with the time as text",
    text: line({ time: "2026-11-23T00:00:00Z" }),
    log: { time: new Date("2026-11-23") },
  },
  { name: "that is no JSON", text: "plain text", log: { level: "info", message: "plain text" } },
  { name: "that is JSON of another kind", text: "[1]", log: { attributes: { 0: "1" } } },
  { name: "with half a surrogate pair", text: '{"msg":"\\ud800"}', log: { message: "\ufffd" } },
  { name: "with a number for its message", text: line({ msg: 7 }), log: { message: "7" } },
])("a line of a log $name is an event", ({ text, log }) => {
  expect(logOfLine(text)).toMatchObject(log)
})

test("any line can be recorded", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string({ unit: "binary" })), (text) => {
      expect(() => encode(Log, logOfLine(text))).not.toThrow()
    }),
  )
  fc.assert(
    fc.property(fc.record({ level: fc.anything(), time: fc.anything(), err: fc.anything() }), (fields) => {
      expect(() =>
        encode(
          Log,
          logOfLine(JSON.stringify(fields, (_, value: unknown) => (typeof value === "bigint" ? 1 : value))),
        ),
      ).not.toThrow()
    }),
  )
})

test("what is printed with console is recorded and printed, until the capture ends", async () => {
  const printed = vi.spyOn(console, "warn").mockReturnValue()
  const sink = new MemorySink()
  const recorder = createRecorder(sink)
  {
    using _capture = captureConsole(recorder)
    console.warn("%d calls took", 3, { millis: 7 })
  }
  console.warn("not any more")
  await recorder.close()
  expect(printed.mock.calls).toEqual([["%d calls took", 3, { millis: 7 }], ["not any more"]])
  printed.mockRestore()
  const logs = await all(readEvents(sink, Log))
  expect(logs.map(({ value }) => value)).toMatchObject([
    { level: "warn", logger: "console", message: "3 calls took { millis: 7 }" },
  ])
})

test("an error that is printed is recorded as one", async () => {
  const printed = vi.spyOn(console, "error").mockReturnValue()
  const sink = new MemorySink()
  const recorder = createRecorder(sink)
  {
    using _capture = captureConsole(recorder)
    console.error("no answer:", new TypeError("refused"))
  }
  await recorder.close()
  printed.mockRestore()
  const [log] = await all(readEvents(sink, Log))
  expect(log?.value.error).toMatchObject({ type: "TypeError", message: "refused" })
  expect(log?.value.error?.stack).toContain("log.test")
})

test("console goes on printing where nothing can be recorded any more, with one warning", async () => {
  const printed = vi.spyOn(console, "log").mockReturnValue()
  const warned = vi.spyOn(process, "emitWarning").mockReturnValue()
  const recorder = createRecorder(new MemorySink())
  await recorder.close()
  {
    using _capture = captureConsole(recorder)
    console.log("a")
    console.log("b")
  }
  expect(printed.mock.calls).toEqual([["a"], ["b"]])
  expect(warned).toHaveBeenCalledOnce()
  printed.mockRestore()
  warned.mockRestore()
})
