import { expect, test } from "vitest"
import type { Block } from "./block.ts"
import { createFormatter } from "./formatter.ts"

const WORKER = { threadId: 3, threadName: "resizer" }
const format = createFormatter({ form: "json", color: true, directory: "/app" }, WORKER, 4711)
const FIGURES = { answeredMillis: 80, silentMillis: 0, suspendedMillis: 0, gcMillis: 0, callbacks: 0 }
const BLOCK: Block = {
  ...WORKER,
  millis: 83,
  startedAt: new Date(0),
  cause: "cpu",
  stack: "    at busy (/app/src/service.ts:21:5)",
  frames: [{ name: "busy", file: "/app/src/service.ts", line: 21, column: 5, async: false }],
  stackTaken: "during",
  httpRequest: "GET /users/7",
  contexts: { tenant: "acme" },
  samples: 1,
  stacks: [],
  figures: FIGURES,
}
const LINE = {
  event: "block",
  over: false,
  time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  pid: 4711,
  threadId: 3,
  threadName: "resizer",
  millis: 83,
  startedAt: "1970-01-01T00:00:00.000Z",
  cause: "cpu",
  place: "busy (/app/src/service.ts:21)",
  stack: "    at busy (/app/src/service.ts:21:5)",
  stackTaken: "during",
  httpRequest: "GET /users/7",
  contexts: { tenant: "acme" },
  samples: 1,
  figures: FIGURES,
}

test("a block is a line while it goes on, and one when it is over", () => {
  expect(read(format.blocked(BLOCK, "so far"))).toEqual(LINE)
  expect(read(format.blocked(BLOCK, "in all"))).toEqual({ ...LINE, over: true })
  expect(read(format.lasting(BLOCK))).toEqual(LINE)
  expect(read(format.free(BLOCK, BLOCK))).toEqual({ ...LINE, over: true })
  expect(read(format.starved({ ...BLOCK, cause: "starved" }))).toEqual({
    ...LINE,
    over: true,
    cause: "starved",
  })
})

test("a block says how often its place has blocked before", () => {
  const before = { name: "busy", times: 2, totalMillis: 300, worstMillis: 200 }
  expect(read(format.blocked(BLOCK, "so far", before))).toEqual({
    ...LINE,
    timesBefore: 2,
    totalMillisBefore: 300,
  })
})

test("the summary and what there is to say of the watchdog itself are lines, too", () => {
  const head = { time: LINE.time, pid: 4711, ...WORKER }
  const places = [{ name: "busy", times: 2, totalMillis: 300, worstMillis: 200 }]
  expect(read(format.summary(places))).toEqual({ event: "summary", ...head, places })
  expect(read(format.trouble("it fails"))).toEqual({ event: "trouble", ...head, message: "it fails" })
})

test("nothing in a line ends it, or drives a terminal", () => {
  const contexts = { tenant: "a\nb\u001b[2J" }
  const line = format.blocked({ ...BLOCK, contexts }, "so far")
  expect(line.indexOf("\n")).toBe(line.length - 1)
  expect(line).not.toContain("\u001b")
  expect(read(line)).toMatchObject({ contexts })
})

const read = (line: string): unknown => JSON.parse(line)
